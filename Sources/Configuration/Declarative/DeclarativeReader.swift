import JSON

/// Makes a configuration of declarative files: takes nested entities apart, resolves references, derives ids, checks everything.
///
/// It goes on after an error, so that all errors are told at once.
struct DeclarativeReader {
  let options: ValidationOptions
  let dialect: DeclarativeDialect
  /// Entities that are there already; references may name them.
  let base: GatewayConfiguration?
  var drafts: [EntityDraft] = []
  var errors: [ConfigurationError] = []
  private(set) var files: [DeclarativeFile] = []
  private var baseIndex: EntityIndex

  init(options: ValidationOptions, dialect: DeclarativeDialect, base: GatewayConfiguration?) {
    self.options = options
    self.dialect = dialect
    self.base = base
    baseIndex = EntityIndex()
    for (type, nodes) in base?.entities ?? [:] {
      for node in nodes { baseIndex.add(node, type) }
    }
  }

  /// Reads files as one.
  mutating func read(_ files: [DeclarativeFile]) throws(ConfigurationErrors) -> [EntityType: [JSONNode]] {
    self.files = files
    for index in files.indices { collect(index) }
    var index = EntityIndex()
    for draft in drafts { index.add(draft.node, draft.type) }
    resolveReferences(index)
    checkUniqueness()
    var entities: [EntityType: [JSONNode]] = [:]
    for draft in drafts { entities[draft.type, default: []].append(validated(draft)) }
    guard errors.isEmpty else { throw failure() }
    return entities
  }

  /// Reports an error of a file.
  mutating func report(_ error: ConfigurationError, file: Int) {
    var error = error
    error.file = files[file].name
    errors.append(error)
  }

  private func failure() -> ConfigurationErrors {
    var identifiers: [ConfigurationPath: String] = [:]
    var secrets: [ConfigurationPath] = []
    for draft in drafts {
      identifiers[draft.path] = draft.id
      secrets += SecretMask.secretPaths(of: draft.node, draft.type, plugins: options.plugins ?? [:])
        .map { draft.path.appending($0) }
    }
    return ConfigurationErrors(
      SecretMask.mask(errors, values: files.flatMap(\.insertedValues)), document: files.first?.root,
      derivedIdentifiers: identifiers, secretPaths: secrets)
  }

  private mutating func validated(_ draft: EntityDraft) -> JSONNode {
    var node = draft.node
    if let id = draft.id, node.present("id") == nil { node.set("id", .of(id)) }
    let (entity, found) = EntityValidator(options).validate(node, as: draft.type, path: draft.path)
    for error in found { report(error, file: draft.file) }
    if draft.type == .plugins { checkProtocols(of: entity, draft) }
    return entity
  }

  /// A plugin of a route must run for one of the route's protocols.
  private mutating func checkProtocols(of plugin: JSONNode, _ draft: EntityDraft) {
    guard let routeID = plugin.reference("route"), let own = draft.node["protocols"]?.strings,
      let route = drafts.first(where: { $0.type == .routes && $0.id == routeID })
    else { return }
    let served = route.node["protocols"]?.strings ?? ["http", "https"]
    guard !own.contains(where: served.contains), !own.isEmpty else { return }
    report(
      .init(
        "must match the associated route's protocols", at: draft.path.appending("protocols"),
        location: draft.node["protocols"]?.location, hint: "the route serves \(served.joined(separator: ", "))"),
      file: draft.file)
  }

  /// Replaces the references of all drafts by ids and derives the ids of drafts that have none: those that are referred to first.
  private mutating func resolveReferences(_ index: EntityIndex) {
    var index = index
    var occurrences: [String: Int] = [:]
    for type in EntityType.allCases {
      for position in drafts.indices where drafts[position].type == type {
        for field in type.schema.fields {
          guard let target = field.reference else { continue }
          resolve(field.name, target, of: position, index)
        }
        if let id = drafts[position].node.present("id") {
          drafts[position].id = id.string
        } else {
          let node = drafts[position].node
          let first = EntityIdentifiers.derive(node, type, occurrence: 0)
          var id = first
          if !EntityIdentifiers.hasKeyName(node, type) {
            let count = occurrences[first, default: 0]
            occurrences[first] = count + 1
            if count > 0 { id = EntityIdentifiers.derive(node, type, occurrence: count) }
          }
          // An entity that is there already under its name keeps its id.
          if let key = type.schema.endpointKey, type.schema.field(key)?.isUnique == true,
            let known = node.present(key)?.string.flatMap({ baseIndex.id(of: type, $0) })
          {
            id = known
          }
          drafts[position].id = id
        }
        if let id = drafts[position].id { index.give(id, to: drafts[position].node, type) }
      }
    }
  }

  private mutating func resolve(_ field: String, _ target: EntityType, of position: Int, _ index: EntityIndex) {
    let draft = drafts[position]
    if let parent = draft.parent, parent.field == field {
      guard let id = drafts[parent.draft].id else { return }
      drafts[position].node.set(field, .of(members: [("id", .of(id))]))
      return
    }
    guard let given = draft.node.present(field) else { return }
    let key =
      given.string ?? given.members?.first { $0.name == "id" }?.value.string
      ?? given.members?.first { $0.name == target.schema.endpointKey }?.value.string
    guard let key else { return }
    if let id = index.id(of: target, key) ?? baseIndex.id(of: target, key) {
      drafts[position].node.set(field, JSONNode(.object([.init(name: "id", value: .of(id))]), at: given.location))
      return
    }
    let shown = given.string ?? given.serializedString()
    report(
      .init(
        "invalid reference '\(field): \(shown)' (no such entry in '\(target.rawValue)')",
        at: draft.path.appending(field), location: given.location,
        hint: Suggestion.hint(for: key, among: index.names(of: target) + baseIndex.names(of: target)), scope: .reference
      ),
      file: draft.file)
    // The rest of the entity is checked as if the reference were good.
    drafts[position].node.set(field, .of(members: [("id", .of(UUIDText.random()))]))
  }

  /// No two entities of a kind may have the same id, name or other unique value.
  private mutating func checkUniqueness() {
    var seen: [String: Int] = [:]
    for position in drafts.indices {
      let draft = drafts[position]
      let collection = draft.type.rawValue
      func violation(_ key: String, _ value: String, _ place: JSONNode?) {
        report(
          .init(
            "uniqueness violation: '\(collection)' entity with \(key) set to '\(value)' already declared",
            at: draft.path, location: place?.location ?? draft.node.location, scope: .uniqueness), file: draft.file)
      }
      var failed = false
      for field in draft.type.schema.fields where field.isUnique {
        guard let value = draft.node.present(field.name), let text = value.string else { continue }
        if seen.updateValue(position, forKey: "\(collection)\u{0}\(field.name)\u{0}\(text)") != nil {
          violation(field.name, field.isSecret ? SecretMask.text : text, value)
          failed = true
        }
      }
      guard let id = draft.id else { continue }
      if seen.updateValue(position, forKey: "\(collection)\u{0}\u{0}\(id)") != nil, !failed {
        violation("primary key", id, draft.node.present("id"))
      }
    }
  }
}

/// Finds entities by id and by name.
struct EntityIndex {
  private var ids: [EntityType: [String: String]] = [:]
  private var keys: [EntityType: [String]] = [:]

  /// Adds an entity under its id and its endpoint key.
  mutating func add(_ node: JSONNode, _ type: EntityType) {
    let id = node.present("id")?.string
    if let id { ids[type, default: [:]][id] = id }
    guard let key = type.schema.endpointKey, type.schema.field(key)?.isUnique == true,
      let name = node.present(key)?.string
    else { return }
    keys[type, default: []].append(name)
    if let id { ids[type, default: [:]][name] = id }
  }

  /// Makes an id known that was derived.
  mutating func give(_ id: String, to node: JSONNode, _ type: EntityType) {
    ids[type, default: [:]][id] = id
    if let key = type.schema.endpointKey, type.schema.field(key)?.isUnique == true,
      let name = node.present(key)?.string, ids[type]?[name] == nil
    {
      ids[type, default: [:]][name] = id
    }
  }

  /// The id of the entity with an id or name.
  func id(of type: EntityType, _ key: String) -> String? { ids[type]?[key] }

  /// The names of all entities of a kind.
  func names(of type: EntityType) -> [String] { keys[type] ?? [] }
}
