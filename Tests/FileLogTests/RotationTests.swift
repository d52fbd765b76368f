import Foundation
import Testing

@testable import FileLog

@Suite("Log rotation")
struct RotationTests {
  let folder: TemporaryFolder
  let reporter = ToldReporter()

  init() throws { folder = try TemporaryFolder() }

  @Test("with reopen, records after a rename go to a new file, and none is lost or out of order on the way")
  func renaming() throws {
    let writer = LogFileWriter.started(folder.path("log"), reopens: true, reporter)
    let rotations = 20
    for rotation in 0..<rotations {
      for number in 0..<200 { writer.append(record(0, rotation * 200 + number)) }
      eventually("the new file is there") { FileManager.default.fileExists(atPath: folder.path("log")) }
      unsafe #expect(rename(folder.path("log"), folder.path("log.\(rotation)")) == 0)
    }
    writer.append(record(0, rotations * 200))
    writer.finish()
    var lines: [String] = []
    for rotation in 0..<rotations { lines += try folder.lines("log.\(rotation)") }
    lines += try folder.lines("log")
    try check(lines, writers: 1, records: rotations * 200 + 1)
  }

  @Test("without reopen, records follow the file that was opened, as with Kong")
  func keeping() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.append("{\"n\":1}")
    eventually("the first record is written") { reporter.now.written == 1 }
    unsafe #expect(rename(folder.path("log"), folder.path("log.1")) == 0)
    writer.append("{\"n\":2}")
    writer.finish()
    #expect(try folder.lines("log.1") == ["{\"n\":1}", "{\"n\":2}"])
    #expect(!FileManager.default.fileExists(atPath: folder.path("log")))
  }

  @Test("a file that is cut to nothing is written from its beginning")
  func truncation() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    writer.append("{\"n\":1}")
    eventually("the first record is written") { reporter.now.written == 1 }
    unsafe #expect(truncate(folder.path("log"), 0) == 0)
    writer.append("{\"n\":2}")
    writer.finish()
    #expect(try folder.lines("log") == ["{\"n\":2}"])
  }

  @Test("one user that wants it is enough for a shared writer to reopen")
  func sharedWish() throws {
    let writer = LogFileWriter.started(folder.path("log"), reporter)
    #expect(writer.retainUser(nil, reopens: true))
    writer.append("{\"n\":1}")
    eventually("the first record is written") { reporter.now.written == 1 }
    unsafe #expect(rename(folder.path("log"), folder.path("log.1")) == 0)
    writer.append("{\"n\":2}")
    writer.finish()
    #expect(try folder.lines("log") == ["{\"n\":2}"])
  }
}
