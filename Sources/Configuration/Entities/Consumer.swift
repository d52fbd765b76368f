import JSON

/// Somebody who uses the gateway.
public struct Consumer: Entity {
  /// The kind of entity.
  public static let type = EntityType.consumers
  /// The whole consumer.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The name, unique among consumers.
  public let username: String?
  /// The id that another system has for it, unique among consumers.
  public let customID: String?

  /// Makes a consumer of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    username = node.text("username")
    customID = node.text("custom_id")
  }
}

/// What a consumer proves itself with: a key, a password, a secret, or a group it is in.
public struct Credential: Sendable, Equatable {
  /// The collection it is in.
  public let type: EntityType
  /// The whole credential.
  public let node: JSONNode
  /// The UUID.
  public var id: String { node.text("id") ?? "" }
  /// The consumer's id.
  public var consumerID: String? { node.reference("consumer") }

  /// Makes a credential of a node that was checked.
  public init(type: EntityType, node: JSONNode) {
    self.type = type
    self.node = node
  }
}
