import JSON

/// What the configuration of a plugin may hold: the JSON Schema of its descriptor.
///
/// Of JSON Schema 2020-12 it understands `type`, `properties`, `required`, `additionalProperties`, `propertyNames`, `items`, `prefixItems`,
/// `enum`, `const`, `default`, bounds of numbers, lengths and counts, `pattern`, `uniqueItems`, `oneOf`, `anyOf`, `allOf`, `not`, `if`/`then`/`else`,
/// `dependentRequired`, `$ref` within the document, and annotations. Its own annotations are `x-secret: true` (the value is printed nowhere),
/// `x-referenceable: true` (the value may be a vault reference) and `x-message: "…"` (what is said of a bad value).
public struct PluginSchema: Sendable {
  /// Says whether a text matches a regular expression; `nil`: the expression cannot be used.
  public typealias RegularExpressionMatcher = @Sendable (_ pattern: String, _ text: String) -> Bool?

  let root: SchemaNode
  let definitions: [String: SchemaNode]
  /// The schema as the plugin gave it.
  public let document: JSONNode

  /// Reads a schema.
  ///
  /// - Parameter text: JSON Schema as JSON; an empty text: the plugin takes no configuration.
  /// - Throws: ``PluginSchemaError``.
  public init(parsing text: String) throws(PluginSchemaError) {
    let source = text.utf8.allSatisfy { $0 <= 0x20 } ? #"{"type":"object","additionalProperties":false}"# : text
    do {
      document = try JSONNode(parsing: source)
    } catch {
      throw PluginSchemaError(pointer: "", message: "\(error)")
    }
    var reader = SchemaReader()
    root = try reader.read(document: document)
    definitions = reader.definitions
  }

  /// Checks a configuration.
  ///
  /// - Parameters:
  ///   - configuration: What the user wrote; `null` members count as left out.
  ///   - path: Where it stands; the errors' paths start with it.
  ///   - matches: The regular expression engine; without it patterns are not checked.
  /// - Returns: The configuration with its defaults (nothing is `null`), and what is wrong with it.
  public func validate(
    _ configuration: JSONNode, path: ConfigurationPath = ConfigurationPath([.key("config")]),
    matches: RegularExpressionMatcher? = nil
  ) -> (filled: JSONNode, errors: [ConfigurationError]) {
    var run = SchemaRun(schema: self, matches: matches)
    let filled = run.check(configuration, root, path: path, depth: 0)
    return (filled, run.errors)
  }

  /// A configuration as the Admin API shows it: every property that the schema names is there, `null` where there is nothing.
  public func complete(_ configuration: JSONNode) -> JSONNode {
    complete(configuration, root, depth: 0)
  }

  private func complete(_ node: JSONNode, _ schema: SchemaNode, depth: Int) -> JSONNode {
    guard depth < 64 else { return node }
    if let elements = node.array {
      guard let items = merged(schema).items else { return node }
      return JSONNode(.array(elements.map { complete($0, items, depth: depth + 1) }), at: node.location)
    }
    guard var members = node.members else { return node }
    let keywords = merged(schema)
    for (name, property) in keywords.properties {
      if let index = members.firstIndex(where: { $0.name == name }) {
        members[index].value = complete(members[index].value, property, depth: depth + 1)
      } else {
        members.append(JSONNode.Member(name: name, value: JSONNode(.null)))
      }
    }
    return JSONNode(.object(members), at: node.location)
  }

  /// The paths of the secret values of a configuration, relative to it.
  public func secretPaths(of configuration: JSONNode) -> [ConfigurationPath] {
    marked(configuration) { $0.isSecret }
  }

  /// The paths of the values of a configuration that may be vault references, relative to it.
  public func referenceablePaths(of configuration: JSONNode) -> [ConfigurationPath] {
    marked(configuration) { $0.isReferenceable }
  }

  private func marked(_ configuration: JSONNode, where holds: (SchemaKeywords) -> Bool) -> [ConfigurationPath] {
    var paths: [ConfigurationPath] = []
    func walk(_ node: JSONNode, _ schema: SchemaNode, _ path: ConfigurationPath, _ depth: Int) {
      guard depth < 64, !node.isNull else { return }
      let keywords = merged(schema)
      if holds(keywords) {
        paths.append(path)
        return
      }
      for (index, element) in (node.array ?? []).enumerated() {
        let item = index < keywords.prefixItems.count ? keywords.prefixItems[index] : keywords.items
        if let item { walk(element, item, path.appending(index), depth + 1) }
      }
      for member in node.members ?? [] {
        let property = keywords.properties.first { $0.name == member.name }?.schema ?? keywords.additionalProperties
        if let property { walk(member.value, property, path.appending(member.name), depth + 1) }
      }
    }
    walk(configuration, root, ConfigurationPath(), 0)
    return paths
  }

  /// The keywords of a schema with those of what it refers to and of all its `allOf`.
  func merged(_ schema: SchemaNode, depth: Int = 0) -> SchemaKeywords {
    guard depth < 16 else { return SchemaKeywords() }
    switch schema {
    case .anything, .nothing: return SchemaKeywords()
    case .reference(let target):
      return definitions[target].map { merged($0, depth: depth + 1) } ?? SchemaKeywords()
    case .keywords(var keywords):
      let parts = keywords.allOf + (keywords.reference.map { [SchemaNode.reference($0)] } ?? [])
      for part in parts {
        let other = merged(part, depth: depth + 1)
        for property in other.properties where !keywords.properties.contains(where: { $0.name == property.name }) {
          keywords.properties.append(property)
        }
        if keywords.items == nil { keywords.items = other.items }
        if keywords.types.isEmpty { keywords.types = other.types }
        if keywords.defaultValue == nil { keywords.defaultValue = other.defaultValue }
        keywords.isSecret = keywords.isSecret || other.isSecret
        keywords.isReferenceable = keywords.isReferenceable || other.isReferenceable
      }
      return keywords
    }
  }
}
