import JSON
import YAML

/// The file that `--config` names: the plugin's `config` object as JSON or YAML.
enum ConfigurationFile {
  static func read(_ path: String) throws(Finding) -> JSONNode {
    guard let bytes = Files.read(path) else { throw .failed("\(path) cannot be read") }
    let node: JSONNode
    do { node = path.hasSuffix(".json") ? try JSONNode(parsing: bytes) : try parse(bytes) } catch {
      throw .failed("\(path): \(error)")
    }
    guard node.members != nil else { throw .failed("\(path): expected an object") }
    return node
  }

  private static func parse(_ bytes: [UInt8]) throws -> JSONNode {
    try YAML.parse(bytes)
  }
}
