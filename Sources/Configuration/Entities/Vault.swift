import JSON

/// A named way to a store of secrets.
public struct Vault: Entity {
  /// The kind of entity.
  public static let type = EntityType.vaults
  /// The whole vault.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// What references name the vault by.
  public let prefix: String
  /// The backend: `env`.
  public let name: String
  /// The settings of the backend; for `env` the member `prefix`: what the names of variables start with.
  public let config: JSONNode

  /// Makes a vault of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    prefix = node.text("prefix") ?? ""
    name = node.text("name") ?? ""
    config = node["config"] ?? JSONNode(.object([]))
  }
}
