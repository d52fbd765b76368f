public import Configuration
import EventLoop
import JSON

/// Keeps the configuration on disk, so that it outlives the process and the machine.
///
/// It is one file, `configuration.json`, in the folder of the settings' `prefix`. A new configuration is written beside it, brought to
/// the disk, and takes its name in one step: after a crash at any point the file holds the old or the new
/// configuration, whole. Files have mode 0600 and the folder 0700, since secrets stand in them.
public final class ConfigurationStore {
  /// What was found at the start.
  public enum Content: Sendable {
    /// Nothing was stored yet.
    case empty
    /// The configuration that was stored last.
    case configuration(GatewayConfiguration)
  }

  /// The version of the file's form.
  static let formatVersion = 1

  private let folder: String
  private let files: any FileOperations

  /// Makes a store in a folder; nothing is touched before the first call.
  public convenience init(folder: String) {
    self.init(folder: folder, files: SystemFiles())
  }

  init(folder: String, files: any FileOperations) {
    self.folder = folder
    self.files = files
  }

  /// The file that holds the configuration.
  public var path: String { "\(folder)/configuration.json" }

  /// Reads what was stored last.
  ///
  /// - Throws: When the file cannot be read, or holds something else than a configuration. In the latter case it is kept under another name
  ///   (`configuration.json.corrupt-<seconds>`), which the error names. As long as it is there and nothing else is stored,
  ///   every further call says so: an empty gateway in place of a damaged one would look like all is well.
  public func load() throws(StoreError) -> Content {
    try files.makeFolder(folder)
    guard let bytes = try files.read(path) else {
      let damaged = try files.names(in: folder).filter { $0.hasPrefix("configuration.json.corrupt-") }.sorted()
      guard let last = damaged.last else { return .empty }
      throw StoreError(
        operation: "read the configuration in \(path)",
        reason: "it was damaged and is kept as \(folder)/\(last); put a repaired file in its place, "
          + "or remove that one to start with nothing")
    }
    do throws(ContentFault) {
      return .configuration(try Self.decode(bytes))
    } catch {
      let aside = "\(path).corrupt-\(ProcessClock.wallClock().seconds)"
      try files.rename(path, to: aside)
      try files.synchronize(folder: folder)
      throw StoreError(
        operation: "read the configuration in \(path)", reason: "\(error.reason); it is kept as \(aside)")
    }
  }

  /// Stores a configuration. When it returns, it is on the disk; when it throws, the one before it is.
  public func save(_ configuration: GatewayConfiguration) throws(StoreError) {
    let node: JSONNode = [
      "format": JSONNode(Self.formatVersion), "configuration": configuration.encoded(),
    ]
    try replace(path, with: node.serialized() + [0x0A])
  }

  /// The id of this node: a UUID that is made once and stays.
  public func nodeID() throws(StoreError) -> String {
    let path = "\(folder)/node_id"
    try files.makeFolder(folder)
    if let bytes = try files.read(path) {
      let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
      if UUIDText.isValid(text) { return text }
    }
    let id = UUIDText.random()
    try replace(path, with: Array("\(id)\n".utf8))
    return id
  }

  private func replace(_ path: String, with bytes: [UInt8]) throws(StoreError) {
    try files.makeFolder(folder)
    let temporary = "\(path).new"
    try files.write(bytes, to: temporary)
    try files.synchronize(file: temporary)
    try files.rename(temporary, to: path)
    try files.synchronize(folder: folder)
  }

  private struct ContentFault: Error {
    let reason: String
  }

  private static func decode(_ bytes: [UInt8]) throws(ContentFault) -> GatewayConfiguration {
    let node: JSONNode
    do {
      node = try JSONNode(parsing: bytes)
    } catch {
      throw ContentFault(reason: "it is no JSON (\(error))")
    }
    guard let version = node["format"]?.integer, let configuration = node["configuration"],
      let collections = configuration.members
    else { throw ContentFault(reason: "it holds no configuration") }
    guard version == formatVersion else {
      throw ContentFault(reason: "it was written in format \(version), this version reads format \(formatVersion)")
    }
    for collection in collections {
      guard let entities = collection.value.array, entities.allSatisfy({ $0["id"]?.string != nil }) else {
        throw ContentFault(reason: "'\(collection.name)' is no list of entities")
      }
    }
    return GatewayConfiguration(encoded: configuration)
  }
}
