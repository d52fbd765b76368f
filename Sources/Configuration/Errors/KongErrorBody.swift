import JSON

extension ConfigurationErrors {
  /// The answer of `POST /config` to a bad configuration: Kong's error object, code 14.
  ///
  /// - Parameter flatten: Whether faults of entities are listed entity by entity (`flatten_errors=1`); they are left out of `fields` then.
  public func kongErrorBody(flatten: Bool) -> JSONNode {
    var tree = FaultTree()
    var all = FaultTree()
    var groups: [(path: ConfigurationPath, errors: [ConfigurationError])] = []
    for error in errors {
      place(error, in: &all)
      if flatten, let owner = error.components.entityPath, error.isAttributable {
        if let index = groups.firstIndex(where: { $0.path == owner }) {
          groups[index].errors.append(error)
        } else {
          groups.append((owner, [error]))
        }
      } else {
        place(error, in: &tree)
      }
    }
    var members: [(String, JSONNode)] = [
      ("code", .of(14)), ("name", .of("invalid declarative configuration")),
      ("message", .of("declarative config is invalid: \(LuaText.inline(all.node))")), ("fields", tree.node),
    ]
    if flatten {
      // Kong's empty list is an empty table, which is an object in JSON.
      let flat = groups.map { flattened($0.path, $0.errors) }
      members.append(("flattened_errors", flat.isEmpty ? JSONNode(.object([])) : .of(flat)))
    }
    return .of(members: members)
  }

  private func place(_ error: ConfigurationError, in tree: inout FaultTree) {
    let path = error.components.components
    switch error.scope {
    case .field where path.isEmpty, .entity where path.isEmpty:
      tree.append(error.message, at: [.key("@entity")])
    case .field:
      tree.set(error.message, at: path)
    case .entity:
      tree.append(error.message, at: path + [.key("@entity")])
    case .uniqueness:
      // Kong counts a name that is taken among all entities of the kind, an id within the entity it stands in.
      let isIdentifier = error.message.contains(text: " with primary key ")
      tree.set(error.message, at: isIdentifier ? path : Array(path.suffix(2)))
    case .reference:
      let entity = Array(path.dropLast())
      let name = entity.last.map { step -> ConfigurationPath.Component in
        document?.node(at: entity)?.present("name")?.string.map { .key($0) } ?? step
      }
      guard let collection = entity.dropLast().last, let name else { return tree.append(error.message, at: path) }
      tree.append(error.message, at: [collection, name])
    }
  }

  /// One entry of `flattened_errors`.
  private func flattened(_ path: ConfigurationPath, _ errors: [ConfigurationError]) -> JSONNode {
    let declared = document?.node(at: path.components) ?? JSONNode(.object([]))
    let type = path.entityType ?? .services
    var entity = declared
    for child in type.children { entity.remove(child.type.rawValue) }
    // Kong derives ids once the fields are good.
    if self.errors.allSatisfy({ $0.scope == .uniqueness || $0.scope == .reference }), entity.present("id") == nil,
      let id = derivedIdentifiers[path]
    {
      entity.set("id", .of(id))
    }
    for secret in secretPaths where secret.components.starts(with: path.components) {
      entity = SecretMask.replace(secret.components.dropFirst(path.components.count), in: entity) { value in
        value.string == nil ? value : .of(SecretMask.text)
      }
    }
    var members: [(String, JSONNode)] = [("entity_type", .of(type.singular))]
    if let id = entity.present("id") { members.append(("entity_id", id)) }
    if let name = entity.present("name") { members.append(("entity_name", name)) }
    if let tags = entity.present("tags") { members.append(("entity_tags", tags)) }
    members.append(("entity", entity))
    members.append(
      (
        "errors",
        .of(
          errors.map { error in
            let inner = error.components.components.dropFirst(path.components.count)
            guard error.scope == .field || error.scope == .reference, !inner.isEmpty else {
              return .of(members: [("type", .of("entity")), ("message", .of(error.message))])
            }
            return .of(members: [
              ("type", .of("field")), ("field", .of(Self.dotted(inner))), ("message", .of(error.message)),
            ])
          })
      ))
    return .of(members: members)
  }

  /// A path as Kong writes it: dots, positions from 1.
  static func dotted(_ path: some Collection<ConfigurationPath.Component>) -> String {
    path.map { step in
      switch step {
      case .key(let name): name
      case .index(let index): String(index + 1)
      }
    }.joined(separator: ".")
  }
}

extension ConfigurationError {
  /// Whether the error belongs to an entity that stands where its path says.
  fileprivate var isAttributable: Bool {
    // A name taken by an entity nested elsewhere is told for the whole collection.
    scope != .uniqueness || components.components.count <= 2
  }
}

extension ConfigurationPath {
  /// The part of the path that leads to the innermost entity.
  var entityPath: ConfigurationPath? {
    walk().map { ConfigurationPath(Array(components.prefix($0.length))) }
  }

  /// The kind of the innermost entity on the path.
  var entityType: EntityType? { walk()?.type }

  private func walk() -> (type: EntityType, length: Int)? {
    var result: (type: EntityType, length: Int)?
    var index = 0
    while index + 1 < components.count, case .key(let name) = components[index], case .index = components[index + 1],
      let type = EntityType(rawValue: name),
      result.map({ outer in outer.type.children.contains { $0.type == type } }) ?? true
    {
      index += 2
      result = (type, index)
    }
    return result
  }
}

extension JSONNode {
  /// The node at a path.
  func node(at path: some Collection<ConfigurationPath.Component>) -> JSONNode? {
    var node: JSONNode? = self
    for step in path {
      switch step {
      case .key(let name): node = node?[name]
      case .index(let index): node = node?[index]
      }
    }
    return node
  }
}
