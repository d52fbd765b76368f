import Configuration
import JSON

/// Changes entities as the calls of the Admin API ask for, and checks what they ask for. Nothing outside of its table changes.
struct EntityEditor {
  var table: EntityTable
  /// What checking needs to know.
  let options: ValidationOptions
  /// The form of a plugin's schema, by name.
  let pluginForm: (String) -> JSONNode?

  // MARK: Finding

  /// The entity that a path names, by id or by name.
  ///
  /// - Throws: When the name is none that an entity could have, or what is above it is not there.
  func find(_ type: EntityType, _ key: String, in scope: AdminTarget.Scope?) throws(AdminProblem) -> JSONNode? {
    let parent = try scope.map { (scope) throws(AdminProblem) in (scope.field, try parentID(scope)) }
    func first(_ field: String, _ value: String) -> JSONNode? {
      table.all(type).first { node in
        node.text(field) == value && (parent.map { node.reference($0.0) == $0.1 } ?? true)
      }
    }
    if UUIDText.isValid(key) { return first("id", key.lowercased()) }
    if type == .certificates {
      return table.entity(.snis, "name", key)?.reference("certificate").flatMap { first("id", $0) }
    }
    guard let field = type.schema.endpointKey else { throw .invalidPrimaryKey(key) }
    if type == .targets { return target(key).flatMap { first(field, $0) } }
    try checkName(type, field, key)
    return first(field, key)
  }

  /// A target's name in its one form, with a port.
  private func target(_ key: String) -> String? {
    EntityNormalization.normalized(["target": JSONNode(key)], .targets).text("target")
  }

  /// The id of the entity above, which must be there.
  func parentID(_ scope: AdminTarget.Scope) throws(AdminProblem) -> String {
    guard let id = try find(scope.type, scope.key, in: nil)?.text("id") else { throw .notFound }
    return id
  }

  private func checkName(_ type: EntityType, _ field: String, _ key: String) throws(AdminProblem) {
    let (_, errors) = EntityValidator(options).validate(
      JSONNode(members: [(field, JSONNode(key))]), as: type, partial: true)
    if let error = errors.first(where: { $0.components == ConfigurationPath([.key(field)]) }) {
      throw .invalidUnique(field, error.message)
    }
  }

  // MARK: Changing

  /// POST: adds an entity.
  mutating func insert(_ type: EntityType, _ body: JSONNode, in scope: AdminTarget.Scope?) throws(AdminProblem)
    -> JSONNode
  {
    let body = try placed(body, in: scope)
    let entity = try checked(type, body)
    if let id = entity.text("id"), table.entity(type, id: id) != nil { throw .primaryKeyViolation(id) }
    return try store(type, entity, replacing: nil)
  }

  /// PUT: replaces an entity, or adds it under the id or name of the path.
  mutating func upsert(_ type: EntityType, _ key: String, _ body: JSONNode, in scope: AdminTarget.Scope?)
    throws(AdminProblem) -> JSONNode
  {
    let existing = try find(type, key, in: scope)
    var body = try placed(body, in: scope)
    if existing == nil, type == .targets { throw .notFound }
    if let id = existing?.text("id") {
      body.set("id", JSONNode(id))
    } else if UUIDText.isValid(key) {
      // It may be there, below something else.
      if table.entity(type, id: key.lowercased()) != nil { throw .notFound }
      body.set("id", JSONNode(key.lowercased()))
    }
    if !UUIDText.isValid(key), let field = type.schema.endpointKey, type.schema.field(field) != nil {
      body.set(field, JSONNode(key))
    }
    if let created = existing?["created_at"] { body.set("created_at", created) }
    var entity = try checked(type, body)
    stamp(&entity, type)
    return try store(type, entity, replacing: existing)
  }

  /// PATCH: changes fields of an entity.
  mutating func update(_ type: EntityType, _ key: String, _ body: JSONNode, in scope: AdminTarget.Scope?)
    throws(AdminProblem) -> JSONNode
  {
    guard let existing = try find(type, key, in: scope) else {
      // Kong looks for these before it changes them.
      if scope != nil || type == .plugins || type == .targets { throw .notFound }
      let field = UUIDText.isValid(key) ? "id" : type.schema.endpointKey ?? "id"
      throw .missing(JSONNode(members: [(field, JSONNode(key))]))
    }
    let plugin = (body.text("name") ?? existing.text("name")).flatMap { type == .plugins ? pluginForm($0) : nil }
    var merged = FieldForm.entity(type, plugin: plugin).merged(existing, with: try placed(body, in: scope))
    merged.set("id", existing["id"] ?? nil)
    var entity = try checked(type, merged)
    stamp(&entity, type)
    return try store(type, entity, replacing: existing)
  }

  /// DELETE: removes an entity with all that go with it; a missing one counts as removed, unless it is named below another.
  mutating func delete(_ type: EntityType, _ key: String, in scope: AdminTarget.Scope?) throws(AdminProblem) {
    guard let id = try find(type, key, in: scope)?.text("id") else {
      if scope != nil { throw .notFound }
      return
    }
    try delete(type, id: id)
  }

  private mutating func delete(_ type: EntityType, id: String) throws(AdminProblem) {
    var cascade: [(EntityType, String)] = []
    for child in EntityType.allCases {
      for field in child.schema.fields where field.reference == type {
        let referring = table.all(child).filter { $0.reference(field.name) == id }
        guard !referring.isEmpty else { continue }
        guard field.deletesWithParent else { throw .referenced(type, by: child) }
        cascade += referring.compactMap { $0.text("id") }.map { (child, $0) }
      }
    }
    for (child, id) in cascade { try delete(child, id: id) }
    table.remove(type, id: id)
  }

  // MARK: Steps

  /// The body with the reference to what the path puts it below.
  private func placed(_ body: JSONNode, in scope: AdminTarget.Scope?) throws(AdminProblem) -> JSONNode {
    guard let scope else { return body }
    var body = body
    body.set(scope.field, ["id": JSONNode(try parentID(scope))])
    return body
  }

  private func stamp(_ entity: inout JSONNode, _ type: EntityType) {
    guard type.schema.field("updated_at") != nil else { return }
    entity.set("updated_at", JSONNode(options.now))
  }

  /// The entity with its defaults, when it is good; names of others are replaced by their ids.
  private func checked(_ type: EntityType, _ body: JSONNode) throws(AdminProblem) -> JSONNode {
    var body = body
    // UUIDs are compared as text, so they have one spelling here.
    if let id = body.text("id"), UUIDText.isValid(id) { body.set("id", JSONNode(id.lowercased())) }
    for field in type.schema.fields {
      guard let other = field.reference, let given = body.present(field.name) else { continue }
      if let id = given.text("id"), UUIDText.isValid(id) { body.set(field.name, ["id": JSONNode(id.lowercased())]) }
      guard given["id"] == nil, let key = other.schema.endpointKey, let value = given.text(key) else { continue }
      guard let id = table.entity(other, key, value)?["id"] else {
        throw .unresolvedReference(field.name, key, value, other)
      }
      body.set(field.name, ["id": id])
    }
    if type == .plugins { try applyPluginRules(&body) }
    let (entity, errors) = EntityValidator(options).validate(body, as: type)
    guard errors.isEmpty else { throw .schemaViolation(errors) }
    return entity
  }

  /// What a plugin's schema says of the instance around its configuration: where it may stand, and for which protocols it runs.
  private func applyPluginRules(_ body: inout JSONNode) throws(AdminProblem) {
    guard let form = body.text("name").flatMap(pluginForm).map(FieldForm.init) else { return }
    for field in ["service", "route", "consumer"] where form.field(field)?.mustBeNull == true {
      if body.present(field) != nil { throw .schemaViolation(field, "value must be null") }
    }
    if body["protocols"] == nil, let protocols = form.field("protocols")?.defaultValue {
      body.set("protocols", protocols)
    }
  }

  private mutating func store(_ type: EntityType, _ entity: JSONNode, replacing old: JSONNode?) throws(AdminProblem)
    -> JSONNode
  {
    try checkUniqueness(type, entity)
    try checkReferences(type, entity)
    if type == .certificates { return try storeCertificate(entity, isNew: old == nil) }
    table.put(type, entity)
    return entity
  }

  private func checkReferences(_ type: EntityType, _ entity: JSONNode) throws(AdminProblem) {
    for field in type.schema.fields {
      guard let other = field.reference, let id = entity.reference(field.name) else { continue }
      guard table.entity(other, id: id) != nil else { throw .missingReference(field.name, id, other) }
    }
    if type == .plugins, let route = entity.reference("route").flatMap({ table.entity(.routes, id: $0) }) {
      let served = route["protocols"]?.strings ?? []
      guard (entity["protocols"]?.strings ?? []).contains(where: served.contains) else {
        throw .schemaViolation("protocols", "must match the associated route's protocols")
      }
    }
  }

  /// The fields that together name an entity, besides the unique ones.
  private static func combinedKey(_ type: EntityType) -> [String] {
    switch type {
    case .plugins: ["consumer", "name", "route", "service"]
    case .targets: ["target", "upstream"]
    case .acls: ["consumer", "group"]
    case .keys: ["kid", "set"]
    default: []
    }
  }

  private func checkUniqueness(_ type: EntityType, _ entity: JSONNode) throws(AdminProblem) {
    let others = table.all(type).filter { $0.text("id") != entity.text("id") }
    guard !others.isEmpty else { return }
    for field in type.schema.fields where field.isUnique {
      guard let value = entity.present(field.name), others.contains(where: { $0[field.name] == value }) else {
        continue
      }
      throw .uniqueViolation(JSONNode(members: [(field.name, value)]))
    }
    let names = Self.combinedKey(type)
    guard !names.isEmpty else { return }
    func key(_ node: JSONNode) -> JSONNode { JSONNode(members: names.map { ($0, node[$0] ?? nil) }) }
    let own = key(entity)
    if others.contains(where: { key($0) == own }) { throw .uniqueViolation(own) }
  }
}
