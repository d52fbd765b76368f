import JSON
import Testing
import YAML

@Suite("the text must be UTF-8")
struct EncodingTests {
  private func error(_ bytes: [UInt8]) -> String? {
    do {
      _ = try YAML.parse(bytes)
      return nil
    } catch {
      return error.errors.first.map { "\($0.location.line):\($0.location.column): \($0.message)" }
    }
  }

  @Test("UTF-16 and UTF-32 are refused by name, with a byte order mark and without")
  func otherEncodings() {
    #expect(error([0xFE, 0xFF, 0, 0x61]) == "1:1: the text is encoded as UTF-16")
    #expect(error([0xFF, 0xFE, 0x61, 0]) == "1:1: the text is encoded as UTF-16")
    #expect(error([0x61, 0, 0x3A, 0]) == "1:1: the text is encoded as UTF-16")
    #expect(error([0, 0x61, 0, 0x3A]) == "1:1: the text is encoded as UTF-16")
    #expect(error([0, 0, 0xFE, 0xFF, 0, 0, 0, 0x61]) == "1:1: the text is encoded as UTF-32")
    #expect(error([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]) == "1:1: the text is encoded as UTF-32")
    #expect(error([0, 0, 0, 0x61]) == "1:1: the text is encoded as UTF-32")
    #expect(error([0x61, 0, 0, 0]) == "1:1: the text is encoded as UTF-32")
  }

  @Test(
    "bytes that are not UTF-8 are refused where they stand",
    arguments: [
      [0x80], [0xC3], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xE2, 0x82], [0xE2, 0x28, 0xA1], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func invalid(_ bytes: [UInt8]) {
    let before = Array("a: 1\n\u{FC}: ".utf8)
    #expect(error(before + bytes) == "2:4: the bytes here are not UTF-8")
    #expect(error(before + bytes + Array("\n".utf8)) == "2:4: the bytes here are not UTF-8")
  }

  @Test(
    "control characters are refused",
    arguments: Array(0..<0x20 as Range<UInt8>).filter { ![0, 9, 10, 13].contains($0) })
  func controls(_ byte: UInt8) {
    #expect(error(Array("a: 'b".utf8) + [byte] + Array("'".utf8))?.hasPrefix("1:6: the control character") == true)
  }

  @Test("a NUL within the text is refused")
  func nul() {
    #expect(error(Array("a: b".utf8) + [0]) == "1:5: the control character \\x00 is not allowed")
    #expect(error(Array("abcd".utf8) + [0] + Array(": x".utf8)) == "1:5: the control character \\x00 is not allowed")
  }

  @Test("every character of Unicode that YAML allows is read")
  func characters() throws {
    let samples: [UInt32] = [0x20, 0x7E, 0x85, 0xA0, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF]
    for scalar in samples.compactMap(Unicode.Scalar.init) {
      let node = try YAML.parse(Array("a\(scalar)b".utf8))
      guard case .string(let text) = node.content else {
        Issue.record("U+\(String(scalar.value, radix: 16))")
        continue
      }
      #expect(text == "a\(scalar)b")
    }
  }
}
