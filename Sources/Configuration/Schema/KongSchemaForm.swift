import JSON

// The form in which `GET /schemas/…` shows schemas: what Kong's clients learn defaults from.

extension EntitySchema {
  /// The answer of `GET /schemas/<entity>`.
  public func kongForm() -> JSONNode {
    .of(members: [
      ("fields", .of(fields.map { .of(members: [($0.name, $0.kongForm())]) })),
      ("entity_checks", .of(checks.compactMap(\.form))),
    ])
  }
}

extension FieldSchema {
  /// The field without its name.
  func kongForm() -> JSONNode {
    var members: [(String, JSONNode)] = []
    switch kind {
    case .string: members.append(("type", .of("string")))
    case .integer: members.append(("type", .of("integer")))
    case .number: members.append(("type", .of("number")))
    case .boolean: members.append(("type", .of("boolean")))
    case .array(let element):
      members += [("type", .of("array")), ("elements", element.elementForm())]
    case .set(let element):
      members += [("type", .of("set")), ("elements", element.elementForm())]
    case .map(let key, let value):
      members += [("type", .of("map")), ("keys", key.elementForm()), ("values", value.elementForm())]
    case .record(let fields, let checks):
      members += [
        ("type", .of("record")), ("fields", .of(fields.map { .of(members: [($0.name, $0.kongForm())]) })),
      ]
      let forms = checks.compactMap(\.form)
      if !forms.isEmpty { members.append(("entity_checks", .of(forms))) }
    case .foreign(let type):
      members += [("type", .of("foreign")), ("reference", .of(type.rawValue))]
      if deletesWithParent { members.append(("on_delete", .of("cascade"))) }
    case .pluginConfiguration, .vaultConfiguration:
      return .of(members: [("type", .of("record")), ("abstract", .of(true))])
    }
    if isRequired || isExplicitlyOptional { members.append(("required", .of(isRequired))) }
    if let defaultValue { members.append(("default", defaultValue)) }
    if isAutomatic { members.append(("auto", .of(true))) }
    if name == "created_at" || name == "updated_at" { members.append(("timestamp", .of(true))) }
    if isUnique { members.append(("unique", .of(true))) }
    if isReferenceable { members.append(("referenceable", .of(true))) }
    if isSecret { members.append(("encrypted", .of(true))) }
    if isTransient { members.append(("transient", .of(true))) }
    for rule in rules {
      for member in rule.form where !members.contains(where: { $0.0 == member.name }) {
        members.append((member.name, member.value))
      }
    }
    return .of(members: members)
  }

  private func elementForm() -> JSONNode {
    var form = kongForm()
    // Elements are always required; Kong says so of most.
    if case .string = kind {
      if isExplicitlyOptional { form.remove("required") } else { form.set("required", .of(true)) }
    }
    return form
  }
}

extension PluginSchema {
  /// The answer of `GET /schemas/plugins/<name>`: the schema in the terms of Kong's schema language, as far as those go.
  ///
  /// - Parameter protocols: The protocols that an instance runs for when it does not say.
  public func kongForm(protocols: [String] = ["grpc", "grpcs", "http", "https"]) -> JSONNode {
    var config = kongForm(of: root, depth: 0)
    config.set("required", .of(true))
    return .of(members: [
      (
        "fields",
        .of([
          .of(members: [("protocols", FieldSchema.protocols(protocols, elementRequired: false).kongForm())]),
          .of(members: [("config", config)]),
        ])
      ),
      ("entity_checks", .of([JSONNode]())),
    ])
  }

  private func kongForm(of schema: SchemaNode, depth: Int) -> JSONNode {
    let keywords = merged(schema)
    guard depth < 32 else { return .of(members: [("type", .of("any"))]) }
    var members: [(String, JSONNode)] = []
    let type = keywords.types.first { $0 != .null } ?? Self.guess(keywords)
    switch type {
    case .string: members.append(("type", .of("string")))
    case .integer: members.append(("type", .of("integer")))
    case .number: members.append(("type", .of("number")))
    case .boolean: members.append(("type", .of("boolean")))
    case .array:
      members.append(("type", .of(keywords.hasUniqueItems ? "set" : "array")))
      members.append(("elements", keywords.items.map { kongForm(of: $0, depth: depth + 1) } ?? .of(members: [])))
    case .object where keywords.properties.isEmpty && keywords.additionalProperties != nil:
      members.append(("type", .of("map")))
      members.append(("keys", .of(members: [("type", .of("string"))])))
      if let values = keywords.additionalProperties {
        members.append(("values", kongForm(of: values, depth: depth + 1)))
      }
    case .object:
      members.append(("type", .of("record")))
      members.append(
        (
          "fields",
          .of(
            keywords.properties.map { property in
              var form = kongForm(of: property.schema, depth: depth + 1)
              // Records with defaults of their own are there even when nobody wrote them.
              let isImplied = merged(property.schema).defaultValue?.members?.isEmpty == true
              if keywords.required.contains(property.name) || isImplied { form.set("required", .of(true)) }
              return .of(members: [(property.name, form)])
            })
        ))
    case .null, nil: members.append(("type", .of("any")))
    }
    if let value = keywords.defaultValue, value.members?.isEmpty != true { members.append(("default", value)) }
    if let values = keywords.enumeration { members.append(("one_of", .of(values))) }
    if let low = keywords.minimum, let high = keywords.maximum {
      members.append(("between", .of([JSONNode(low), JSONNode(high)])))
    }
    if let low = keywords.exclusiveMinimum { members.append(("gt", JSONNode(low))) }
    if let count = keywords.minimumLength ?? keywords.minimumItems { members.append(("len_min", .of(count))) }
    if let count = keywords.maximumLength ?? keywords.maximumItems { members.append(("len_max", .of(count))) }
    if keywords.isReferenceable { members.append(("referenceable", .of(true))) }
    if keywords.isSecret { members.append(("encrypted", .of(true))) }
    if let text = keywords.description { members.append(("description", .of(text))) }
    return .of(members: members)
  }

  private static func guess(_ keywords: SchemaKeywords) -> SchemaKeywords.ValueType? {
    if !keywords.properties.isEmpty { return .object }
    if keywords.items != nil { return .array }
    return keywords.enumeration?.allSatisfy { $0.string != nil } == true ? .string : nil
  }
}
