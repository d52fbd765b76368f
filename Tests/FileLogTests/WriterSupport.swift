import Foundation
import Synchronization
import Testing
import ToriiPlugin

@testable import FileLog

/// What a writer told.
final class ToldReporter: WriterReporting {
  struct Told {
    var written = 0
    var writes = 0
    var bytes = 0
    var lost = 0
    var errors = 0
    var reports: [String] = []
  }

  private let told = Mutex(Told())

  var now: Told { told.withLock { $0 } }

  func wrote(records: Int, bytes: Int) {
    told.withLock {
      $0.written += records
      $0.writes += 1
      $0.bytes += bytes
    }
  }
  func lost(records: Int) { told.withLock { $0.lost += records } }
  func failedToWrite() { told.withLock { $0.errors += 1 } }
  func report(_ level: LogLevel, _ text: String, for instance: InstanceHandle?) {
    told.withLock { $0.reports.append("\(level): \(text)") }
  }
}

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("file-log-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func lines(_ name: String) throws -> [String] {
    let text = String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
    guard !text.isEmpty else { return [] }
    #expect(text.hasSuffix("\n"), "the last line is whole")
    return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

extension WriterLimits {
  /// Limits that make tests short.
  static var short: WriterLimits {
    var limits = WriterLimits()
    limits.gathering = 1_000_000
    limits.firstRetry = 2_000_000
    limits.longestRetry = 10_000_000
    return limits
  }
}

extension LogFileWriter {
  /// Appends text as a record.
  func append(_ record: String) {
    unsafe record.withBytes { unsafe append(ByteView($0)) }
  }

  static func started(_ path: String, reopens: Bool = false, limits: WriterLimits = .short, _ reporter: ToldReporter)
    -> LogFileWriter
  {
    let writer = LogFileWriter(path: path, limits: limits, reporter: reporter)
    #expect(writer.retainUser(nil, reopens: reopens))
    return writer
  }
}

/// A record of some length that names who wrote it and its number.
func record(_ writer: Int, _ number: Int, padding: Int = 0) -> String {
  "{\"writer\":\(writer),\"number\":\(number),\"padding\":\"\(String(repeating: "x", count: padding))\"}"
}

/// Waits for a condition that another thread brings about.
func eventually(_ what: String, _ condition: () throws -> Bool) rethrows {
  let deadline = ContinuousClock.now + .seconds(20)
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("never happened: \(what)")
      return
    }
    usleep(1000)
  }
}

/// Checks that lines are whole JSON records and that each writer's numbers are complete and in order.
func check(_ lines: [String], writers: Int, records: Int) throws {
  struct Line: Decodable { var writer, number: Int }
  var next = [Int](repeating: 0, count: writers)
  for text in lines {
    let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
    #expect(line.number == next[line.writer], "records of one writer keep their order")
    next[line.writer] = line.number + 1
  }
  #expect(next == [Int](repeating: records, count: writers), "no record is missing")
}
