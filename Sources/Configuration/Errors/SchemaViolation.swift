import JSON

extension Collection<ConfigurationError> {
  /// The answer of the Admin API to a bad entity: Kong's error object, code 2.
  ///
  /// The errors' paths are relative to the entity.
  public func kongSchemaViolation() -> JSONNode {
    var tree = FaultTree()
    for error in self {
      let path = error.components.components
      if error.scope == .field, !path.isEmpty {
        tree.set(error.message, at: path)
      } else {
        tree.append(error.message, at: path + [.key("@entity")])
      }
    }
    let fields = tree.node
    let texts = Self.texts(fields)
    let prefix = texts.count == 1 ? "schema violation" : "\(texts.count) schema violations"
    return .of(members: [
      ("code", .of(2)), ("name", .of("schema violation")),
      ("message", .of("\(prefix) (\(texts.joined(separator: "; ")))")), ("fields", fields),
    ])
  }

  /// What Kong lists in the message: faults of the entity first, then its fields by name, one level of what is in them.
  private static func texts(_ fields: JSONNode) -> [String] {
    var texts = fields["@entity"]?.strings ?? []
    for member in (fields.members ?? []).sorted(by: { $0.name < $1.name }) where member.name != "@entity" {
      if let message = member.value.string {
        texts.append("\(member.name): \(message)")
      } else if let elements = member.value.array {
        for (index, element) in elements.enumerated() where !element.isNull {
          texts.append("\(member.name).\(index + 1): \(element.string ?? LuaText.block(element))")
        }
      } else {
        for inner in (member.value.members ?? []).sorted(by: { $0.name < $1.name }) {
          let parts = inner.name == "@entity" ? inner.value.strings : [inner.value.string ?? LuaText.block(inner.value)]
          texts += parts.map {
            inner.name == "@entity" ? "\(member.name): \($0)" : "\(member.name).\(inner.name): \($0)"
          }
        }
      }
    }
    return texts
  }
}
