import Configuration
import JSON

/// The entities of a configuration while they are being changed.
struct EntityTable {
  private(set) var entities: [EntityType: [JSONNode]]
  /// Whether anything is different from the configuration it was made of.
  private(set) var isChanged = false

  /// The entities of a configuration.
  init(_ configuration: GatewayConfiguration) {
    entities = configuration.entities
  }

  /// The entities of a kind.
  func all(_ type: EntityType) -> [JSONNode] { entities[type] ?? [] }

  /// The entity with an id.
  func entity(_ type: EntityType, id: String) -> JSONNode? {
    all(type).first { $0.text("id") == id }
  }

  /// The first entity with a text in a field.
  func entity(_ type: EntityType, _ field: String, _ value: String) -> JSONNode? {
    all(type).first { $0.text(field) == value }
  }

  /// Adds an entity, or replaces the one with its id.
  mutating func put(_ type: EntityType, _ node: JSONNode) {
    isChanged = true
    let id = node.text("id")
    if let index = entities[type]?.firstIndex(where: { $0.text("id") == id }) {
      entities[type]?[index] = node
    } else {
      entities[type, default: []].append(node)
    }
  }

  /// Removes the entity with an id.
  mutating func remove(_ type: EntityType, id: String) {
    guard let index = entities[type]?.firstIndex(where: { $0.text("id") == id }) else { return }
    isChanged = true
    entities[type]?.remove(at: index)
  }

  /// Puts other entities in place of all.
  mutating func replaceAll(_ configuration: GatewayConfiguration) {
    isChanged = true
    entities = configuration.entities
  }
}
