import Foundation
import Testing

@testable import FileLog

@Suite("The writer of a log file")
struct WriterTests {
  let folder: TemporaryFolder
  let reporter = ToldReporter()

  init() throws { folder = try TemporaryFolder() }

  @Test("writes each record as one line and nothing else")
  func lines() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    for text in ["{}", "{\"a\":1}", "{\"ü\":\"\\n\"}"] { writer.append(text) }
    writer.finish()
    #expect(try folder.lines("log") == ["{}", "{\"a\":1}", "{\"ü\":\"\\n\"}"])
    #expect(reporter.now.written == 3)
    #expect(reporter.now.bytes == 3 + 8 + 12)
    #expect(reporter.now.reports.isEmpty)
  }

  @Test("creates the file readable for all and writable for its owner")
  func mode() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.append("{}")
    writer.finish()
    var status = stat()
    unsafe stat(folder.path("log"), &status)
    let mask = umask(0)
    umask(mask)
    #expect(status.st_mode & 0o777 == 0o644 & ~mask)
  }

  @Test("makes one line of a record that has line feeds between its tokens")
  func lineFeeds() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.append("{\n\"a\":\n1}\n")
    writer.finish()
    #expect(try folder.lines("log") == ["{ \"a\": 1} "])
  }

  @Test("opens no file and starts no thread before the first record")
  func idle() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.finish()
    #expect(!FileManager.default.fileExists(atPath: folder.path("log")))
  }

  @Test("writes a record at once when nothing is going on, without waiting for others or for the end")
  func promptness() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    for number in 1...3 {
      writer.append("{}")
      eventually("record \(number) is written") { reporter.now.written == number }
    }
    writer.finish()
  }

  @Test("shares a call of the system among records that come together")
  func batches() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    for number in 0..<20_000 { writer.append(record(0, number, padding: 200)) }
    writer.finish()
    try check(folder.lines("log"), writers: 1, records: 20_000)
    #expect(reporter.now.writes < 1000)
  }

  @Test("neither tears nor loses lines when many writers with descriptors of their own share a file")
  func sharing() throws {
    let writers = 8
    let records = 4000
    let made = (0..<writers).map { _ in LogFileWriter.started(folder.path("log"), reporter) }
    DispatchQueue.concurrentPerform(iterations: writers) { index in
      // Lengths from a few bytes to several pages, so that writes end anywhere in a page.
      for number in 0..<records { made[index].append(record(index, number, padding: (number * 37) % 9000 / 8)) }
      made[index].finish()
    }
    try check(folder.lines("log"), writers: writers, records: records)
    #expect(reporter.now.written == writers * records)
  }

  @Test("takes records larger than a batch")
  func largeRecords() throws {
    var limits = WriterLimits.short
    limits.batch = 1000
    let writer = LogFileWriter.started(folder.path("log"), limits: limits, reporter)
    for number in 0..<50 { writer.append(record(0, number, padding: number * 100)) }
    writer.finish()
    try check(folder.lines("log"), writers: 1, records: 50)
  }

  @Test("writes at the end of what is there, and ends a line that was left unfinished")
  func unfinishedLine() throws {
    try Data("{\"whole\":1}\n{\"torn".utf8).write(to: folder.url.appendingPathComponent("log"))
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.append("{}")
    writer.finish()
    #expect(try folder.lines("log") == ["{\"whole\":1}", "{\"torn", "{}"])
  }

  @Test("writes all that waits when its last user goes, and takes up again when another comes before it ended")
  func users() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    for number in 0..<1000 { writer.append(record(0, number)) }
    writer.releaseUser(reopens: false)
    try check(folder.lines("log"), writers: 1, records: 1000)
    #expect(!writer.retainUser(nil, reopens: false))
    writer.finish()
  }
}

@Suite("Writers by path")
struct WriterRegistryTests {
  @Test("instances with one path share a writer, and a path that was let go gets a new one")
  func sharing() throws {
    let folder = try TemporaryFolder()
    let reporter = ToldReporter()
    let registry = WriterRegistry(reporter: reporter, limits: .short)
    let configuration = FileLogConfiguration(path: folder.path("log"), reopen: false)
    let first = registry.writer(for: configuration, nil)
    #expect(registry.writer(for: configuration, nil) === first)
    #expect(registry.writer(for: FileLogConfiguration(path: folder.path("b"), reopen: false), nil) !== first)
    first.append("{\"n\":1}")
    registry.release(first, for: configuration)
    first.append("{\"n\":2}")
    registry.release(first, for: configuration)
    let second = registry.writer(for: configuration, nil)
    #expect(second !== first)
    second.append("{\"n\":3}")
    registry.finish()
    #expect(try folder.lines("log") == ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"])
  }
}
