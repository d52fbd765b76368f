import JSON

/// The ids that entities get which were declared without one: the same for the same declaration, everywhere and always.
///
/// Named entities and plugins get the UUID (version 5) that Kong derives for them. Where Kong takes a random one, the id is derived from the
/// entity without its secrets, so that a reload does not change it.
enum EntityIdentifiers {
  /// The namespace of the namespaces of collections.
  private static let root = "fd02801f-0957-4a15-a55a-c8d9606f30b5"
  /// What stands for the workspace in names; entities declare none.
  private static let anyWorkspace = "*"

  /// The id of an entity whose references are resolved.
  ///
  /// - Parameter occurrence: How many entities like this came before; tells apart those that have no name.
  static func derive(_ node: JSONNode, _ type: EntityType, occurrence: Int) -> String {
    let schema = type.schema
    let name = keyName(node, schema) ?? contentName(node, schema, occurrence)
    return UUIDText.named(name, in: UUIDText.named(type.rawValue, in: root))
  }

  /// Whether an entity has a name of its own from which its id is derived.
  static func hasKeyName(_ node: JSONNode, _ type: EntityType) -> Bool {
    keyName(node, type.schema) != nil
  }

  private static func keyName(_ node: JSONNode, _ schema: EntitySchema) -> String? {
    switch schema.identity {
    case .endpointKey:
      guard let key = schema.endpointKey, let value = node.present(key)?.string else { return nil }
      if schema.field(key)?.isUnique == true { return value }
      let parents = schema.fields.filter(\.deletesWithParent).compactMap { node.reference($0.name) }
      return ([value] + parents + [anyWorkspace]).joined(separator: ":")
    case .fields(let names):
      guard !names.isEmpty else { return nil }
      var parts = [schema.type.rawValue, anyWorkspace]
      for name in names {
        let value = node.reference(name) ?? node.present(name)?.string
        if value == nil, schema.field(name)?.isRequired == true { return nil }
        parts.append(value ?? "")
      }
      return parts.joined(separator: ":")
    }
  }

  private static func contentName(_ node: JSONNode, _ schema: EntitySchema, _ occurrence: Int) -> String {
    var plain = node
    for name in schema.secretFields + ["created_at", "updated_at", "tags"] { plain.remove(name) }
    return "unnamed:\(occurrence):" + plain.withoutNulls.serializedString(sortedKeys: true)
  }
}
