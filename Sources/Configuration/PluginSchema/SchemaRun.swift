import JSON

/// One walk over a configuration: checks it against a schema, fills defaults, collects what is wrong.
struct SchemaRun {
  let schema: PluginSchema
  let matches: PluginSchema.RegularExpressionMatcher?
  var errors: [ConfigurationError] = []

  init(schema: PluginSchema, matches: PluginSchema.RegularExpressionMatcher?) {
    self.schema = schema
    self.matches = matches
  }

  /// Checks a value and returns it with its defaults.
  mutating func check(_ node: JSONNode, _ rule: SchemaNode, path: ConfigurationPath, depth: Int) -> JSONNode {
    guard depth < 128 else {
      errors.append(.init("nested too deeply", at: path, location: node.location))
      return node
    }
    switch rule {
    case .anything: return node
    case .nothing:
      errors.append(.init("unknown field", at: path, location: node.location))
      return node
    case .reference(let target):
      guard let definition = schema.definitions[target] else { return node }
      return check(node, definition, path: path, depth: depth + 1)
    case .keywords(let keywords):
      return check(node, keywords, path: path, depth: depth)
    }
  }

  private mutating func check(
    _ node: JSONNode, _ keywords: SchemaKeywords, path: ConfigurationPath, depth: Int
  ) -> JSONNode {
    if keywords.isReferenceable, let text = node.string, VaultReference.isReference(text) { return node }
    var node = node
    // Lists and maps without elements look the same to those who come from Kong.
    if node.isEmptyCollection, !keywords.types.isEmpty {
      if node.members != nil, !keywords.types.contains(.object), keywords.types.contains(.array) {
        node.content = .array([])
      }
      if node.array != nil, !keywords.types.contains(.array), keywords.types.contains(.object) {
        node.content = .object([])
      }
    }
    guard keywords.types.isEmpty || keywords.types.contains(where: { Self.is(node, $0) }) else {
      let what = Self.expectation(keywords)
      report(what, node, keywords, path, hint: ValidationRun.typeHint(node, String(what.dropFirst("expected ".count))))
      return node
    }
    if let reference = keywords.reference, let definition = schema.definitions[reference] {
      node = check(node, definition, path: path, depth: depth + 1)
    }
    for part in keywords.allOf { node = check(node, part, path: path, depth: depth + 1) }
    if let fault = ScalarFault.find(node, keywords, matches: matches) {
      report(fault, node, keywords, path)
      return node
    }
    if node.array != nil { node = elements(node, keywords, path: path, depth: depth) }
    if node.members != nil { node = members(node, keywords, path: path, depth: depth) }
    combinations(node, keywords, path: path, depth: depth)
    return node
  }

  private mutating func elements(
    _ node: JSONNode, _ keywords: SchemaKeywords, path: ConfigurationPath, depth: Int
  ) -> JSONNode {
    var kept: [JSONNode] = []
    for (index, element) in (node.array ?? []).enumerated() {
      let rule = index < keywords.prefixItems.count ? keywords.prefixItems[index] : keywords.items
      let checked = rule.map { check(element, $0, path: path.appending(index), depth: depth + 1) } ?? element
      if keywords.hasUniqueItems, kept.contains(checked) {
        errors.append(
          .init("must not contain the same value twice", at: path.appending(index), location: element.location))
      }
      kept.append(checked)
    }
    return JSONNode(.array(kept), at: node.location)
  }

  private mutating func members(
    _ node: JSONNode, _ keywords: SchemaKeywords, path: ConfigurationPath, depth: Int
  ) -> JSONNode {
    // A property that is null counts as left out, as in Kong.
    var kept = (node.members ?? []).filter { member in
      guard member.value.isNull else { return true }
      guard let property = keywords.properties.first(where: { $0.name == member.name }) else { return false }
      return schema.merged(property.schema).types.contains(.null)
    }
    let known = schema.merged(.keywords(keywords)).properties.map(\.name)
    for index in kept.indices {
      let place = path.appending(kept[index].name)
      if let property = keywords.properties.first(where: { $0.name == kept[index].name }) {
        kept[index].value = check(kept[index].value, property.schema, path: place, depth: depth + 1)
      } else if !known.contains(kept[index].name) {
        switch keywords.additionalProperties {
        case .nothing?:
          errors.append(
            .init(
              "unknown field", at: place, location: kept[index].nameLocation ?? kept[index].value.location,
              hint: Suggestion.hint(for: kept[index].name, among: known)))
        case let rule?: kept[index].value = check(kept[index].value, rule, path: place, depth: depth + 1)
        case nil: break
        }
      }
      if let names = keywords.propertyNames {
        _ = check(
          JSONNode(.string(kept[index].name), at: kept[index].nameLocation), names, path: place, depth: depth + 1)
      }
    }
    for (name, property) in keywords.properties where !kept.contains(where: { $0.name == name }) {
      guard let value = schema.merged(property).defaultValue, !value.isNull else { continue }
      // What a default leaves out has defaults of its own; a plugin's own default is not the user's mistake.
      var run = SchemaRun(schema: schema, matches: matches)
      kept.append(
        JSONNode.Member(name: name, value: run.check(value, property, path: path.appending(name), depth: depth + 1)))
    }
    for name in keywords.required where !kept.contains(where: { $0.name == name }) {
      errors.append(.init("required field missing", at: path.appending(name), location: node.location))
    }
    return JSONNode(.object(kept), at: node.location)
  }

  private mutating func combinations(
    _ node: JSONNode, _ keywords: SchemaKeywords, path: ConfigurationPath, depth: Int
  ) {
    for finding in DependencyFault.find(node, keywords) {
      errors.append(
        .init(
          finding.message, at: finding.field.map { path.appending($0) } ?? path, location: node.location,
          scope: finding.field == nil ? .entity : .field))
    }
    if !keywords.anyOf.isEmpty { choose(keywords.anyOf, node, keywords, path, depth, exactlyOne: false) }
    if !keywords.oneOf.isEmpty { choose(keywords.oneOf, node, keywords, path, depth, exactlyOne: true) }
    if let negated = keywords.negated, faults(node, negated, path, depth).isEmpty {
      let names = Self.requiredOnly(negated)
      let message =
        names.map { "only one or none of these fields must be set: \(Self.quoted($0))" } ?? keywords.message
        ?? "value is not allowed"
      errors.append(.init(message, at: path, location: node.location, scope: node.members == nil ? .field : .entity))
    }
    if let condition = keywords.condition {
      let holds = faults(node, condition, path, depth).isEmpty
      guard let branch = holds ? keywords.consequence : keywords.alternative else { return }
      let found = faults(node, branch, path, depth)
      guard !found.isEmpty else { return }
      if let field = Self.firstProperty(condition) {
        errors.append(
          .init(
            keywords.message ?? "failed conditional validation given value of field '\(field)'", at: path,
            location: node.location, scope: .entity))
      }
      errors += found
    }
  }

  private mutating func choose(
    _ branches: [SchemaNode], _ node: JSONNode, _ keywords: SchemaKeywords, _ path: ConfigurationPath, _ depth: Int,
    exactlyOne: Bool
  ) {
    let found = branches.map { faults(node, $0, path, depth) }
    let fitting = found.count(where: \.isEmpty)
    if fitting == 1 || (fitting > 1 && !exactlyOne) { return }
    let groups = branches.map { Self.requiredOnly($0) }
    if groups.allSatisfy({ $0?.count == 1 }) {
      let names = Self.quoted(groups.compactMap { $0?.first })
      let message = "\(exactlyOne ? "exactly" : "at least") one of these fields must be non-empty: \(names)"
      errors.append(.init(keywords.message ?? message, at: path, location: node.location, scope: .entity))
    } else if fitting > 1 {
      let message = keywords.message ?? "fits more than one of the allowed forms"
      errors.append(.init(message, at: path, location: node.location, scope: node.members == nil ? .field : .entity))
    } else if let message = keywords.message {
      errors.append(.init(message, at: path, location: node.location))
    } else if let nearest = found.filter({ faults in !faults.contains { $0.components == path && $0.scope == .field } })
      .min(by: { $0.count < $1.count }) ?? (branches.count == 1 ? found.first : nil)
    {
      errors += nearest
    } else {
      let texts = Set(found.flatMap { $0.map(\.message) }).sorted()
      errors.append(.init(texts.joined(separator: ", or "), at: path, location: node.location))
    }
  }

  private func faults(_ node: JSONNode, _ rule: SchemaNode, _ path: ConfigurationPath, _ depth: Int)
    -> [ConfigurationError]
  {
    var run = SchemaRun(schema: schema, matches: matches)
    _ = run.check(node, rule, path: path, depth: depth + 1)
    return run.errors
  }

  private mutating func report(
    _ message: String, _ node: JSONNode, _ keywords: SchemaKeywords, _ path: ConfigurationPath, hint: String? = nil
  ) {
    var message = message.hasPrefix("expected a") ? message : keywords.message ?? message
    if keywords.isSecret, message.hasPrefix("invalid value: ") { message = "invalid value" }
    errors.append(.init(message, at: path, location: node.location, hint: hint))
  }

  private static func quoted(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }

  /// The fields that a schema asks for, when it asks for nothing else.
  private static func requiredOnly(_ rule: SchemaNode) -> [String]? {
    guard case .keywords(let keywords) = rule, !keywords.required.isEmpty, keywords.properties.isEmpty,
      keywords.types.isEmpty, keywords.negated == nil
    else { return nil }
    return keywords.required
  }

  private static func firstProperty(_ rule: SchemaNode) -> String? {
    guard case .keywords(let keywords) = rule else { return nil }
    return keywords.properties.first?.name ?? keywords.required.first
  }

  private static func `is`(_ node: JSONNode, _ type: SchemaKeywords.ValueType) -> Bool {
    switch type {
    case .null: node.isNull
    case .boolean: node.boolean != nil
    case .integer: node.integer != nil
    case .number: node.double != nil
    case .string: node.string != nil
    case .array: node.array != nil
    case .object: node.members != nil
    }
  }

  private static func expectation(_ keywords: SchemaKeywords) -> String {
    let names = keywords.types.filter { $0 != .null }.map { type in
      switch type {
      case .null: "null"
      case .boolean: "a boolean"
      case .integer: "an integer"
      case .number: "a number"
      case .string: "a string"
      case .array: keywords.hasUniqueItems ? "a set" : "an array"
      case .object: keywords.properties.isEmpty && keywords.additionalProperties != nil ? "a map" : "a record"
      }
    }
    return "expected \(names.isEmpty ? "null" : names.joined(separator: " or "))"
  }
}
