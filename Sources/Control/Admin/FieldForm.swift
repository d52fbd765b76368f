import Configuration
import JSON

/// What is known of the type of a value, from the form of a schema that `GET /schemas/…` shows.
///
/// With it forms are read, whose values are all text, and records are merged.
struct FieldForm {
  private let node: JSONNode

  /// Wraps the form of a field or record.
  init(_ node: JSONNode) { self.node = node }

  /// The form of entities of a kind.
  ///
  /// - Parameter plugin: For instances of plugins, the form of the plugin's own schema.
  static func entity(_ type: EntityType, plugin: JSONNode? = nil) -> FieldForm {
    var node = type.schema.kongForm()
    if type == .plugins, let config = FieldForm(plugin ?? [:]).field("config") {
      let fields = (node["fields"]?.array ?? []).map { field in
        field["config"] == nil ? field : JSONNode(members: [("config", config.node)])
      }
      node.set("fields", JSONNode(fields))
    }
    return FieldForm(node)
  }

  /// `string`, `integer`, `number`, `boolean`, `array`, `set`, `map`, `record` or `foreign`.
  var type: String { node.text("type") ?? "record" }

  /// The field of a record, or of a map the form of its values.
  func field(_ name: String) -> FieldForm? {
    if type == "map" { return node["values"].map(FieldForm.init) }
    for field in node["fields"]?.array ?? [] {
      if let found = field[name] { return FieldForm(found) }
    }
    return nil
  }

  /// The names and forms of the fields of a record.
  var fields: [(name: String, form: FieldForm)] {
    (node["fields"]?.array ?? []).compactMap { field in
      field.members?.first.map { ($0.name, FieldForm($0.value)) }
    }
  }

  /// The form of the elements of an array or set.
  var elements: FieldForm? { node["elements"].map(FieldForm.init) }

  /// The value that a field without one gets.
  var defaultValue: JSONNode? { node["default"] }

  /// Whether a value must be there.
  var isRequired: Bool { node["required"]?.boolean ?? false }

  /// Whether there must be no value.
  var mustBeNull: Bool { node["eq"]?.isNull ?? false }

  /// Whether the value is secret.
  var isSecret: Bool { node["encrypted"]?.boolean ?? false }

  /// A record with the changes of another: records within it are merged, everything else is replaced.
  func merged(_ old: JSONNode, with changes: JSONNode) -> JSONNode {
    guard old.members != nil, let members = changes.members else { return changes }
    var result = old
    for member in members {
      if let form = field(member.name), form.type == "record", let inner = old[member.name], inner.members != nil {
        result.set(member.name, form.merged(inner, with: member.value))
      } else {
        result.set(member.name, member.value)
      }
    }
    return result
  }
}
