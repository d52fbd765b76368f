import Configuration
import JSON

/// Fills and compares entities by the schemas that a gateway shows, so that what is only spelled differently is no change.
final class SchemaDefaults {
  private let client: AdminClient
  private var plugins: [String: FieldForm?] = [:]

  init(_ client: AdminClient) { self.client = client }

  /// The form of the configuration of a plugin; `nil` when the gateway does not have it, which writing it will tell.
  private func configuration(of plugin: String) throws(CommandFailure) -> FieldForm? {
    if let known = plugins[plugin] { return known }
    let node = try client.get("/schemas/plugins/\(PercentCoding.encode(plugin))", tolerating: [404])
    let form = node.flatMap { FieldForm($0).field("config") }
    plugins[plugin] = .some(form)
    return form
  }

  /// An entity in the form in which two are compared: with its defaults, without what is empty and what the gateway fills in, sets in one order.
  func comparable(_ node: JSONNode, _ type: EntityType) throws(CommandFailure) -> JSONNode {
    var node = node.without("created_at", "updated_at", "cert_digest")
    if type == .plugins, let name = node.text("name"), let form = try configuration(of: name) {
      node.set("config", Self.filled(node["config"] ?? [:], form))
    }
    let plugin =
      try type == .plugins
      ? node.text("name").flatMap { (name) throws(CommandFailure) in
        try configuration(of: name)
      } : nil
    var sorted = Self.sorted(node, FieldForm.entity(type))
    if let plugin, let config = sorted["config"] { sorted.set("config", Self.sorted(config, plugin)) }
    return sorted.withoutNulls
  }

  /// A value with the defaults of its form.
  static func filled(_ node: JSONNode, _ form: FieldForm) -> JSONNode {
    switch form.type {
    case "record":
      guard node.members != nil || node.array?.isEmpty == true else { return node }
      var result: JSONNode = node.members == nil ? [:] : node
      for (name, field) in form.fields {
        if let value = result.present(name) {
          result.set(name, filled(value, field))
        } else if let value = field.defaultValue, !value.isNull {
          result.set(name, filled(value, field))
        } else if field.type == "record", field.isRequired {
          result.set(name, filled([:], field))
        }
      }
      return result
    case "array", "set":
      guard let elements = node.array, let element = form.elements else { return node }
      return JSONNode(elements.map { filled($0, element) })
    default: return node
    }
  }

  private static func sorted(_ node: JSONNode, _ form: FieldForm) -> JSONNode {
    switch form.type {
    case "set":
      guard let elements = node.array else { return node }
      return JSONNode(elements.sorted { "\($0)" < "\($1)" })
    case "record":
      guard let members = node.members else { return node }
      return JSONNode(
        members: members.map { member in
          (member.name, form.field(member.name).map { sorted(member.value, $0) } ?? member.value)
        })
    default: return node
    }
  }

  /// An entity in which the values are masked that its schema or its plugin's calls secret; vault references are none.
  ///
  /// - Parameter other: The same entity in another state: values that are not the same in both say so.
  func masked(_ node: JSONNode, _ type: EntityType, against other: JSONNode? = nil) throws(CommandFailure) -> JSONNode {
    var result = Self.masked(node, FieldForm.entity(type), other)
    if type == .plugins, let name = node.text("name"), let form = try configuration(of: name),
      let config = node["config"]
    {
      result.set("config", Self.masked(config, form, other?["config"]))
    }
    return result
  }

  private static func masked(_ node: JSONNode, _ form: FieldForm, _ other: JSONNode?) -> JSONNode {
    if let text = node.string {
      guard form.isSecret, !VaultReference.isReference(text) else { return node }
      return other == nil || other == node ? "[masked]" : "[masked: changed]"
    }
    if let elements = node.array {
      return JSONNode(elements.enumerated().map { masked($1, form.elements ?? form, other?[$0]) })
    }
    guard let members = node.members else { return node }
    return JSONNode(
      members: members.map { member in
        (member.name, form.field(member.name).map { masked(member.value, $0, other?[member.name]) } ?? member.value)
      })
  }

  /// An entity without the values that its schema would fill in.
  func withoutDefaults(_ node: JSONNode, _ type: EntityType) throws(CommandFailure) -> JSONNode {
    var result = Self.stripped(node, FieldForm.entity(type))
    if type == .plugins, let name = node.text("name"), let form = try configuration(of: name),
      let config = node["config"]
    {
      result.set("config", Self.stripped(config, form))
    }
    return result
  }

  private static func stripped(_ node: JSONNode, _ form: FieldForm) -> JSONNode {
    guard form.type == "record", let members = node.members else { return node }
    return JSONNode(
      members: members.compactMap { member -> (String, JSONNode)? in
        guard let field = form.field(member.name) else { return (member.name, member.value) }
        let value = stripped(member.value, field)
        if let fallback = field.defaultValue, sorted(fallback, field) == sorted(value, field) { return nil }
        if field.type == "record", field.isRequired, value.members?.isEmpty == true { return nil }
        return (member.name, value)
      })
  }
}
