import Foundation
import Testing

/// The cases of the mapping have numbers from 1 to 150. Tests carry those that they cover: in their names (`"92, 121: …"`), in the
/// tables of cases (`number: "95a"`), and end-to-end tests in their first line (`"""133: …`).
@Suite("Every case has a test")
struct CaseCoverageTests {
  /// What stands before a list of numbers, and after it.
  private static let marks = [("swift", "\"", ":"), ("swift", "number: \"", "\""), ("py", "\"\"\"", ":")]

  /// The numbers that a list such as `92, 121` or `138–142` or `95a` names; none if it is something else.
  static func numbers(in list: Substring) -> [Int] {
    var result: [Int] = []
    for part in list.split(separator: ",") {
      let ends = part.drop { $0 == " " }.split(separator: "–").map { end -> Int? in
        Int(end.last?.isLetter == true ? end.dropLast() : end)
      }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 1, first <= last, last <= 150 else {
        return []
      }
      result += first...last
    }
    return result
  }

  /// Which files cover a case.
  static func coverage() throws -> [Int: Set<String>] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    var result: [Int: Set<String>] = [:]
    for folder in ["AIProxyTests", "EndToEnd/llm"] {
      let files = try FileManager.default.contentsOfDirectory(
        at: tests.appending(path: folder).resolvingSymlinksInPath(), includingPropertiesForKeys: nil)
      for file in files where file.lastPathComponent != "CaseCoverageTests.swift" {
        for mark in marks where mark.0 == file.pathExtension {
          for piece in try String(contentsOf: file, encoding: .utf8).components(separatedBy: mark.1).dropFirst() {
            guard let end = piece.prefix(40).firstIndex(of: Character(mark.2)) else { continue }
            for number in numbers(in: piece[..<end]) { result[number, default: []].insert(file.lastPathComponent) }
          }
        }
      }
    }
    return result
  }

  @Test("no number from 1 to 150 is without a test")
  func complete() throws {
    let coverage = try Self.coverage()
    let missing = (1...150).filter { coverage[$0] == nil }
    #expect(missing == [])
  }

  @Test("lists of numbers are understood")
  func lists() {
    #expect(Self.numbers(in: "92, 121") == [92, 121])
    #expect(Self.numbers(in: "138–142") == [138, 139, 140, 141, 142])
    #expect(Self.numbers(in: "95a") == [95])
    #expect(Self.numbers(in: "151") == [] && Self.numbers(in: "text, 5") == [] && Self.numbers(in: "") == [])
  }
}
