import JSON

extension GatewayConfiguration {
  /// Makes a configuration of declarative files, read as one.
  ///
  /// - Parameters:
  ///   - files: The files.
  ///   - dialect: Whose keys they may have at their top.
  ///   - options: What checking needs to know.
  ///   - base: A configuration that the files are applied to: entities that they declare are replaced or added, nothing is removed,
  ///     and references may name entities of it. `nil`: the files are all there is.
  /// - Throws: Everything that is wrong with the files.
  public init(
    declarative files: [DeclarativeFile], dialect: DeclarativeDialect = .deck,
    options: ValidationOptions = ValidationOptions(), base: GatewayConfiguration? = nil
  ) throws(ConfigurationErrors) {
    var reader = DeclarativeReader(options: options, dialect: dialect, base: base)
    let entities = try reader.read(files)
    let configuration = GatewayConfiguration(entities: entities)
    self = base?.applying(configuration) ?? configuration
  }

  /// Makes a configuration of a tree.
  public init(
    declarative node: JSONNode, name: String? = nil, dialect: DeclarativeDialect = .deck,
    options: ValidationOptions = ValidationOptions()
  ) throws(ConfigurationErrors) {
    try self.init(declarative: [DeclarativeFile(root: node, name: name)], dialect: dialect, options: options)
  }

  /// This configuration with the entities of another: those with the same id are replaced, others are added. An entity that is the same but
  /// for its times stays as it is; a replaced one keeps the time it was made.
  public func applying(_ other: GatewayConfiguration) -> GatewayConfiguration {
    var entities = self.entities
    for (type, nodes) in other.entities {
      var kept = entities[type] ?? []
      var places: [String: Int] = [:]
      for (index, node) in kept.enumerated() { places[node.text("id") ?? ""] = index }
      for node in nodes {
        guard let place = places[node.text("id") ?? ""] else {
          kept.append(node)
          continue
        }
        var updated = node
        if let created = kept[place]["created_at"] { updated.set("created_at", created) }
        var unchanged = updated
        if let time = kept[place]["updated_at"] { unchanged.set("updated_at", time) }
        if unchanged != kept[place] { kept[place] = updated }
      }
      entities[type] = kept
    }
    return GatewayConfiguration(entities: entities)
  }

  /// The configuration in format 3.0: flat collections, references by id, nothing `null`. Secrets stand in it as they are.
  public func declarative() -> JSONNode {
    var members: [(String, JSONNode)] = [("_format_version", .of("3.0")), ("_transform", .of(false))]
    for type in EntityType.allCases {
      let nodes = nodes(of: type)
      if nodes.isEmpty { continue }
      members.append((type.rawValue, .of(nodes.map { Self.exported($0, type) })))
    }
    return .of(members: members)
  }

  private static func exported(_ node: JSONNode, _ type: EntityType) -> JSONNode {
    var result = node.withoutNulls
    for field in type.schema.fields where field.reference != nil {
      if let id = node.reference(field.name) { result.set(field.name, .of(id)) }
    }
    return result
  }

  /// The configuration with secrets masked, for dumps that somebody reads.
  public func masked(plugins: [String: PluginSchema] = [:]) -> GatewayConfiguration {
    var masked: [EntityType: [JSONNode]] = [:]
    for (type, nodes) in entities { masked[type] = nodes.map { SecretMask.masked($0, type, plugins: plugins) } }
    return GatewayConfiguration(entities: masked)
  }
}
