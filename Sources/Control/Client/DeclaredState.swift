import Configuration
import JSON

/// What files declare, in terms of what a gateway has: entities that are there already have the ids that they have there.
struct DeclaredState {
  /// The declared entities.
  private(set) var entities: [EntityType: [JSONNode]] = [:]

  /// Stands in the entities of the gateway while the files are read: those that have it afterwards were not declared.
  private static let mark = "x-undeclared"

  /// Nothing is declared.
  init() {}

  /// The same without some kinds of entity.
  func without(_ types: Set<EntityType>) -> DeclaredState {
    var result = self
    for type in types { result.entities[type] = nil }
    return result
  }

  /// Reads files.
  ///
  /// - Parameters:
  ///   - current: What the gateway has; the files may refer to it.
  ///   - selectTags: Tags that every declared entity gets.
  init(_ files: [DeclarativeFile], current: GatewayConfiguration, selectTags: [String] = [])
    throws(ConfigurationErrors)
  {
    var marked: [EntityType: [JSONNode]] = [:]
    for (type, nodes) in current.entities {
      marked[type] = nodes.map { node in
        var node = node
        node.set(Self.mark, true)
        return node
      }
    }
    let all = try GatewayConfiguration(
      declarative: files, dialect: .deck, options: ValidationOptions(),
      base: GatewayConfiguration(entities: marked))
    for (type, nodes) in all.entities {
      entities[type] = nodes.filter { $0[Self.mark] == nil }.map { Self.tagged($0, type, selectTags) }
    }
    align(with: current, explicit: Self.identifiers(files.map(\.root)))
  }

  private static func tagged(_ node: JSONNode, _ type: EntityType, _ tags: [String]) -> JSONNode {
    guard !tags.isEmpty, type.schema.field("tags") != nil else { return node }
    var node = node
    let own = node["tags"]?.strings ?? []
    node.set("tags", JSONNode(strings: own + tags.filter { !own.contains($0) }))
    return node
  }

  /// The ids that stand in files.
  private static func identifiers(_ nodes: [JSONNode]) -> Set<String> {
    var found = Set<String>()
    var pending = nodes
    while let node = pending.popLast() {
      switch node.content {
      case .array(let elements): pending += elements
      case .object(let members):
        if let id = node.text("id") { found.insert(id) }
        pending += members.map(\.value)
      default: break
      }
    }
    return found
  }

  /// The fields by which entities that have no unique name are known again.
  private static func likeness(_ type: EntityType) -> [String] {
    switch type {
    case .plugins: ["name", "service", "route", "consumer"]
    case .targets: ["target", "upstream"]
    case .acls: ["group", "consumer"]
    case .keys: ["kid", "set"]
    case .certificates: ["cert", "key"]
    case .caCertificates: ["cert"]
    case .consumers: ["custom_id"]
    default: []
    }
  }

  /// Gives entities without an id of their own in the files the id of the one like them in the gateway.
  private mutating func align(with current: GatewayConfiguration, explicit: Set<String>) {
    // Those that others refer to come first, so that references are compared when they are final.
    for type in EntityKind.levels.joined() {
      let fields = Self.likeness(type)
      let known = current.nodes(of: type)
      guard !fields.isEmpty, !known.isEmpty else { continue }
      for (index, node) in (entities[type] ?? []).enumerated() {
        guard let id = node.text("id"), !explicit.contains(id), !known.contains(where: { $0.text("id") == id }),
          fields.contains(where: { node.present($0) != nil }),
          let same = known.first(where: { other in fields.allSatisfy { node.present($0) == other.present($0) } }),
          let other = same.text("id")
        else { continue }
        entities[type]?[index].set("id", JSONNode(other))
        replaceReferences(to: id, of: type, by: other)
      }
    }
  }

  private mutating func replaceReferences(to id: String, of type: EntityType, by other: String) {
    for child in EntityType.allCases {
      for field in child.schema.fields where field.reference == type {
        for (index, node) in (entities[child] ?? []).enumerated() where node.reference(field.name) == id {
          entities[child]?[index].set(field.name, ["id": JSONNode(other)])
        }
      }
    }
  }
}
