import Configuration
import Foundation
import JSON
import Testing

@testable import Control

@Suite("The store")
struct StoreTests {
  static func configuration(_ name: String) throws -> GatewayConfiguration {
    try GatewayConfiguration(
      declarative: [
        "_format_version": "3.0", "services": [["name": JSONNode(name), "url": "http://a.test/x", "tags": ["t"]]],
      ])
  }

  private static func store(_ files: MemoryFiles) -> ConfigurationStore {
    ConfigurationStore(folder: "/state", files: files)
  }

  private static func content(_ files: MemoryFiles) throws -> GatewayConfiguration? {
    guard case .configuration(let configuration) = try store(files).load() else { return nil }
    return configuration
  }

  @Test("gives back what was stored, byte for byte the same entities")
  func roundTrip() throws {
    let files = MemoryFiles()
    let configuration = try Self.configuration("one")
    #expect(try Self.content(files) == nil)
    try Self.store(files).save(configuration)
    #expect(try Self.content(files) == configuration)
  }

  @Test("writes beside the file, synchronizes, renames and synchronizes the folder, in this order")
  func order() throws {
    let files = MemoryFiles()
    try Self.store(files).save(try Self.configuration("one"))
    #expect(files.log == ["makeFolder", "write", "synchronize file", "rename", "synchronize folder"])
  }

  @Test(
    "holds the old or the new configuration after a crash before any step, whatever the disk forgot", arguments: 1...5)
  func crash(step: Int) throws {
    let files = MemoryFiles()
    let (old, new) = (try Self.configuration("old"), try Self.configuration("new"))
    try Self.store(files).save(old)
    files.crashBefore = files.steps + step
    #expect(throws: StoreError.self) { try Self.store(files).save(new) }
    for state in files.afterCrash() {
      let after = MemoryFiles()
      after.current = state
      let found = try #require(try Self.content(after))
      #expect(found == old || found == new)
      // The next write goes through, whatever was left lying about.
      try Self.store(after).save(new)
      #expect(try Self.content(after) == new)
    }
  }

  @Test("keeps the new configuration after a crash behind the last step")
  func durability() throws {
    let files = MemoryFiles()
    try Self.store(files).save(try Self.configuration("old"))
    let new = try Self.configuration("new")
    try Self.store(files).save(new)
    for state in files.afterCrash() {
      let after = MemoryFiles()
      after.current = state
      #expect(try Self.content(after) == new)
    }
  }

  @Test("keeps the old configuration when a step fails", arguments: 1...4)
  func failure(step: Int) throws {
    let files = MemoryFiles()
    let old = try Self.configuration("old")
    try Self.store(files).save(old)
    files.failBefore = files.steps + step
    #expect(throws: StoreError.self) { try Self.store(files).save(try Self.configuration("new")) }
    #expect(try Self.content(files) == old)
  }

  @Test(
    "keeps a damaged file aside, says so, and says so again instead of starting with nothing",
    arguments: [
      "", "{", "[]", #"{"format": 1}"#, #"{"format": 2, "configuration": {}}"#,
      #"{"format": 1, "configuration": {"services": {}}}"#, #"{"format": 1, "configuration": {"services": [{}]}}"#,
    ])
  func damage(text: String) throws {
    let files = MemoryFiles()
    files.current["/state/configuration.json"] = Array(text.utf8)
    let first = #expect(throws: StoreError.self) { try Self.store(files).load() }
    let aside = try #require(files.current.keys.first { $0.hasPrefix("/state/configuration.json.corrupt-") })
    #expect(files.current[aside] == Array(text.utf8))
    #expect(files.current["/state/configuration.json"] == nil)
    #expect(first?.description.contains(aside) == true)
    let second = #expect(throws: StoreError.self) { try Self.store(files).load() }
    #expect(second?.description.contains(aside) == true)
    // What is stored next counts.
    let new = try Self.configuration("new")
    try Self.store(files).save(new)
    #expect(try Self.content(files) == new)
  }

  @Test("makes files that only their owner may read, in a folder of the same kind, and replaces a longer file whole")
  func modes() throws {
    let folder = NSTemporaryDirectory() + "torii-store-\(UUID().uuidString)/inner"
    defer { try? FileManager.default.removeItem(atPath: (folder as NSString).deletingLastPathComponent) }
    let store = ConfigurationStore(folder: folder)
    try store.save(try Self.configuration(String(repeating: "long", count: 500)))
    let short = try Self.configuration("short")
    try store.save(short)
    guard case .configuration(let found) = try store.load() else { throw MemoryFiles.Crash() }
    #expect(found == short)
    for (path, mode) in [(folder, 0o700), (store.path, 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == mode)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["configuration.json"])
  }

  @Test("says which file could not be read or written, and why")
  func words() throws {
    let store = ConfigurationStore(folder: "/proc/none")
    let error = #expect(throws: StoreError.self) { try store.save(GatewayConfiguration()) }
    #expect(error?.description.hasPrefix("cannot make the folder /proc/none: ") == true)
  }

  @Test("gives a node one id for ever")
  func nodeID() throws {
    let files = MemoryFiles()
    let id = try Self.store(files).nodeID()
    #expect(UUIDText.isValid(id))
    #expect(try Self.store(files).nodeID() == id)
  }
}
