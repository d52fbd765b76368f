import JSON

/// An entity: a value made from a node that its schema accepts.
///
/// The node is the whole entity; the other properties read it once, when the value is made, so that they cost nothing later.
public protocol Entity: Sendable, Equatable {
  /// The kind of entity.
  static var type: EntityType { get }
  /// The entity as the Admin API shows it: all fields, `null` where there is nothing.
  var node: JSONNode { get }
  /// The UUID.
  var id: String { get }
  /// Makes an entity of a node that ``EntityValidator`` returned without errors; what is missing or has the wrong type gets the
  /// default of its field.
  init(node: JSONNode)
}

extension Entity {
  /// Labels.
  public var tags: [String] { node["tags"]?.strings ?? [] }
  /// When the entity was made: seconds since 1970.
  public var createdAt: Int { node["created_at"]?.integer ?? 0 }
  /// When the entity was last changed: seconds since 1970.
  public var updatedAt: Int { node["updated_at"]?.integer ?? 0 }

  /// The entity as the Admin API shows it, with the workspace it is in.
  public func node(withWorkspace workspace: String) -> JSONNode {
    var node = node
    node.set("ws_id", .of(workspace))
    return node
  }
}

extension JSONNode {
  func text(_ name: String) -> String? { self[name]?.string }
  func number(_ name: String, or value: Int) -> Int { self[name]?.integer ?? value }
  func flag(_ name: String, or value: Bool) -> Bool { self[name]?.boolean ?? value }
  func reference(_ name: String) -> String? { self[name]?["id"]?.string }
  func list(_ name: String) -> [String] { self[name]?.strings ?? [] }
}
