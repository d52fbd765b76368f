import Configuration
import JSON

/// One step from what a gateway has to what is declared.
struct EntityChange {
  enum Operation: String {
    case create = "Create"
    case update = "Update"
    case delete = "Delete"

    /// What is printed while it happens.
    var progress: String {
      switch self {
      case .create: "creating"
      case .update: "updating"
      case .delete: "deleting"
      }
    }
  }

  var operation: Operation
  var type: EntityType
  /// The entity in messages.
  var name: String
  /// What is written: the entity as it is declared; when it goes, what the gateway has.
  var node: JSONNode
  /// The two states in the form in which they were compared, secrets masked.
  var old: JSONNode?
  var new: JSONNode?

  /// `service example-service`
  var subject: String { "\(EntityKind.name(type)) \(name)" }
}

/// All steps, in the order in which they are taken: what others refer to is written before them, and goes after them.
struct ChangePlan {
  private(set) var changes: [EntityChange] = []

  /// Compares what is declared with what a gateway has.
  ///
  /// - Parameter deletable: What goes when it is not declared; empty: nothing does.
  init(
    declared: DeclaredState, current: GatewayConfiguration, deletable: GatewayConfiguration, defaults: SchemaDefaults
  ) throws(CommandFailure) {
    let names = EntityLookup(current, GatewayConfiguration(entities: declared.entities))
    for type in EntityKind.levels.joined() {
      let known = Dictionary(
        current.nodes(of: type).map { ($0.text("id") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
      for node in declared.entities[type] ?? [] {
        let new = try defaults.comparable(node, type)
        let name = EntityKind.display(type, node, among: names)
        let body = Self.body(node)
        guard let existing = known[node.text("id") ?? ""] else {
          let shown = try defaults.masked(new, type)
          changes.append(EntityChange(operation: .create, type: type, name: name, node: body, new: shown))
          continue
        }
        let old = try defaults.comparable(existing, type)
        if old != new {
          changes.append(
            EntityChange(
              operation: .update, type: type, name: name, node: body,
              old: try defaults.masked(old, type), new: try defaults.masked(new, type, against: old)))
        }
      }
    }
    for type in EntityKind.levels.reversed().joined() {
      let kept = Set((declared.entities[type] ?? []).compactMap { $0.text("id") })
      for node in deletable.nodes(of: type) where !kept.contains(node.text("id") ?? "") {
        changes.append(
          EntityChange(
            operation: .delete, type: type, name: EntityKind.display(type, node, among: names), node: node,
            old: try defaults.masked(node.without("created_at", "updated_at").withoutNulls, type)))
      }
    }
  }

  private static func body(_ node: JSONNode) -> JSONNode {
    node.without("created_at", "updated_at").withoutNulls
  }

  /// The steps in groups that can be taken side by side: of one kind of entity and one operation.
  func groups(ofAtMost size: Int) -> [[EntityChange]] {
    var groups: [[EntityChange]] = []
    for change in changes {
      if let last = groups.last?.last, last.type == change.type, last.operation == change.operation,
        groups[groups.count - 1].count < size
      {
        groups[groups.count - 1].append(change)
      } else {
        groups.append([change])
      }
    }
    return groups
  }
}
