import Foundation
import Testing

@testable import FileLog

@Suite("A file that cannot be written", .serialized)
struct TroubleTests {
  let folder: TemporaryFolder
  let reporter = ToldReporter()

  init() throws { folder = try TemporaryFolder() }

  @Test("a missing folder is reported with path and reason at the first record, once, and the records are counted lost")
  func missingFolder() throws {
    var limits = WriterLimits.short
    limits.openPatience = 20_000_000
    let path = folder.path("none/log")
    let writer = LogFileWriter.started(path, limits: limits, reporter)
    for _ in 0..<100 { writer.append("{}") }
    eventually("all records are lost") { reporter.now.lost == 100 }
    writer.finish()
    let reports = reporter.now.reports
    #expect(reports.first?.contains("failed to open the file '\(path)': No such file or directory") == true)
    #expect(reports.filter { $0.contains("records wait") }.count == 1, "not once for each try")
    #expect(reporter.now.errors > 1, "it was tried again")
    #expect(reporter.now.written == 0)
  }

  @Test("records wait for a folder that is made in time")
  func folderThatComes() throws {
    let writer = LogFileWriter.started(folder.path("none/log"), reporter)
    for number in 0..<100 { writer.append(record(0, number)) }
    eventually("it was tried") { reporter.now.errors > 1 }
    try FileManager.default.createDirectory(atPath: folder.path("none"), withIntermediateDirectories: false)
    for number in 100..<200 { writer.append(record(0, number)) }
    eventually("all records are written") { reporter.now.written == 200 }
    writer.finish()
    try check(folder.lines("none/log"), writers: 1, records: 200)
    #expect(reporter.now.lost == 0)
    #expect(reporter.now.reports.last?.contains("again; 0 records were lost") == true)
  }

  @Test("a folder in place of the file is reported for what it is")
  func folderAsFile() throws {
    var limits = WriterLimits.short
    limits.openPatience = 0
    let writer = LogFileWriter.started(folder.url.path, limits: limits, reporter)
    writer.append("{}")
    eventually("the record is lost") { reporter.now.lost == 1 }
    writer.finish()
    #expect(reporter.now.reports.first?.contains("Is a directory") == true)
  }

  @Test("a full device is reported and counted")
  func fullDevice() throws {
    var limits = WriterLimits.short
    limits.openPatience = 20_000_000
    let writer = LogFileWriter.started("/dev/full", limits: limits, reporter)
    for _ in 0..<10 { writer.append("{}") }
    eventually("the records are lost") { reporter.now.lost == 10 }
    writer.finish()
    #expect(reporter.now.reports.first?.contains("No space left on device") == true)
  }

  @Test("a writer that ends while its file is in trouble tries for its time of grace, then counts what is left as lost")
  func endInTrouble() throws {
    var limits = WriterLimits.short
    limits.grace = 50_000_000
    let writer = LogFileWriter.started(folder.path("none/log"), limits: limits, reporter)
    for _ in 0..<10 { writer.append("{}") }
    writer.finish()
    #expect(reporter.now.lost == 10)
    #expect(reporter.now.reports.last?.contains("10 records for the file") == true)
  }

  @Test("letting go of a writer in trouble does not wait for it")
  func releaseInTrouble() throws {
    var limits = WriterLimits.short
    limits.grace = 300_000_000_000
    let writer = LogFileWriter.started(folder.path("none/log"), limits: limits, reporter)
    writer.append("{}")
    eventually("it was tried") { reporter.now.errors > 0 }
    let before = ContinuousClock.now
    writer.releaseUser(reopens: false)
    #expect(ContinuousClock.now - before < .seconds(5))
    try FileManager.default.createDirectory(atPath: folder.path("none"), withIntermediateDirectories: false)
    writer.finish()
    #expect(try folder.lines("none/log") == ["{}"], "and what was queued still gets there")
  }

  @Test("memory is bounded: records beyond the bound are lost, counted and reported, and those within are written")
  func bound() throws {
    var limits = WriterLimits.short
    limits.queue = 1000
    let writer = LogFileWriter.started(folder.path("none/log"), limits: limits, reporter)
    for number in 0..<500 { writer.append(record(0, number)) }
    let lost = reporter.now.lost
    #expect(lost > 400)
    #expect(reporter.now.reports.filter { $0.contains("more than 1000 bytes") }.count == 1)
    try FileManager.default.createDirectory(atPath: folder.path("none"), withIntermediateDirectories: false)
    writer.finish()
    try check(folder.lines("none/log"), writers: 1, records: 500 - lost)
  }

  @Test("a disk that takes half a line leaves whole lines only, and takes the rest when it has room again")
  func shortWrite() throws {
    // The limit on file sizes stands in for a full disk: the file already reaches nearly up to it, without taking space.
    let size = 512 * 1024 * 1024
    let path = folder.path("log")
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    unsafe #expect(truncate(path, size - 1000) == 0)
    let marker = try FileHandle(forWritingTo: folder.url.appendingPathComponent("log"))
    try marker.seekToEnd()
    try marker.write(contentsOf: Data("\n".utf8))
    let start = size - 999

    let resource = __rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue))
    var limit = rlimit()
    unsafe getrlimit(resource, &limit)
    var lower = limit
    lower.rlim_cur = rlim_t(size)
    unsafe setrlimit(resource, &lower)
    defer { unsafe setrlimit(resource, &limit) }

    let writer = LogFileWriter.started(path, reporter)
    for number in 0..<100 { writer.append(record(0, number, padding: 50)) }
    eventually("the disk is full") { reporter.now.errors > 0 }
    func tail() throws -> String {
      let reader = try FileHandle(forReadingFrom: folder.url.appendingPathComponent("log"))
      try reader.seek(toOffset: UInt64(start))
      return String(decoding: try reader.readToEnd() ?? Data(), as: UTF8.self)
    }
    let there = try tail()
    #expect(there.hasSuffix("}\n"))
    #expect(there.utf8.count > 850, "whole lines that found room stay")
    #expect(reporter.now.reports.contains { $0.contains("File too large") })
    unsafe setrlimit(resource, &limit)
    writer.finish()
    try check(tail().split(separator: "\n").map(String.init), writers: 1, records: 100)
    #expect(reporter.now.lost == 0)
    #expect(reporter.now.written == 100)
  }

  @Test("a pipe without a reader holds nobody up, and its records wait for one")
  func pipe() throws {
    let path = folder.path("pipe")
    unsafe #expect(mkfifo(path, 0o600) == 0)
    let writer = LogFileWriter.started(path, reporter)
    for number in 0..<300 { writer.append(record(0, number, padding: number * 40)) }
    eventually("it was tried") { reporter.now.errors > 0 }
    #expect(reporter.now.reports.first?.contains("a pipe that nobody reads") == true)
    let reader = unsafe open(path, O_RDONLY)
    #expect(reader >= 0)
    // Lines of up to 12 KB through a pipe of 64 KB: it fills, and lines are longer than it takes whole.
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    var found = 0
    while found < 300 {
      let count = unsafe read(reader, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
      found += buffer.prefix(count).count { $0 == 10 }
    }
    close(reader)
    writer.finish()
    try check(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init), writers: 1, records: 300)
  }

  @Test("a lock that another process holds is waited for, reported when it lasts, and no loss when it goes")
  func foreignLock() throws {
    let path = folder.path("log")
    let holder = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
    #expect(flock(holder, LOCK_EX) == 0)
    var limits = WriterLimits.short
    limits.lockWait = 5_000_000
    let writer = LogFileWriter.started(path, limits: limits, reporter)
    writer.append("{}")
    eventually("it is reported") { reporter.now.reports.first?.contains("another process holds it") == true }
    close(holder)
    writer.finish()
    #expect(try folder.lines("log") == ["{}"])
  }
}
