import Configuration
import JSON

/// Why a call of the Admin API was not carried out: the status and Kong's error object.
struct AdminProblem: Error {
  var status: Int
  var node: JSONNode
  /// A plugin that is not known here; it may have been installed since the last look.
  var unknownPlugin = false

  init(status: Int, _ node: JSONNode) {
    self.status = status
    self.node = node
  }

  /// An error object: `code`, `name`, `message` and what belongs to them.
  private init(_ status: Int, code: Int, _ name: String, _ message: String, _ details: (String, JSONNode)?) {
    var node: JSONNode = ["code": JSONNode(code), "name": JSONNode(name), "message": JSONNode(message)]
    if let details { node.set(details.0, details.1) }
    self.init(status: status, node)
  }

  /// The answer to the client.
  var response: ServerResponse { ServerResponse(status: status, node) }

  /// `{"message":"…"}`
  static func message(_ status: Int, _ text: String) -> AdminProblem {
    AdminProblem(status: status, ["message": JSONNode(text)])
  }

  /// 404 without saying of what.
  static var notFound: AdminProblem { message(404, "Not found") }

  /// Code 1: the path names an entity by something that can be no id.
  static func invalidPrimaryKey(_ id: String) -> AdminProblem {
    AdminProblem(
      400, code: 1, "invalid primary key", "invalid primary key: '\(LuaText.inline(["id": JSONNode(id)]))'",
      ("fields", ["id": "expected a valid UUID"]))
  }

  /// Code 2: the entity does not fit its schema.
  static func schemaViolation(_ errors: [ConfigurationError]) -> AdminProblem {
    var problem = AdminProblem(status: 400, errors.kongSchemaViolation())
    problem.unknownPlugin = errors.contains { $0.message.hasSuffix("add it to the 'plugins' configuration property") }
    return problem
  }

  /// Code 2, for one field.
  static func schemaViolation(_ field: String, _ message: String) -> AdminProblem {
    schemaViolation([ConfigurationError(message, at: ConfigurationPath([.key(field)]))])
  }

  /// Code 3: an entity with this id is there.
  static func primaryKeyViolation(_ id: String) -> AdminProblem {
    let key: JSONNode = ["id": JSONNode(id)]
    return AdminProblem(
      400, code: 3, "primary key violation", "primary key violation on key '\(LuaText.inline(key))'", ("fields", key))
  }

  /// Code 4: the entity refers to one that is not there.
  static func missingReference(_ field: String, _ id: String, _ type: EntityType) -> AdminProblem {
    let key: JSONNode = ["id": JSONNode(id)]
    return AdminProblem(
      400, code: 4, "foreign key violation",
      "the foreign key '\(LuaText.inline(key))' does not reference an existing '\(type.rawValue)' entity.",
      ("fields", JSONNode(members: [(field, key)])))
  }

  /// Code 4: other entities refer to the one that is to go.
  static func referenced(_ type: EntityType, by other: EntityType) -> AdminProblem {
    AdminProblem(
      400, code: 4, "foreign key violation",
      "an existing '\(other.rawValue)' entity references this '\(type.rawValue)' entity",
      ("fields", ["@referenced_by": JSONNode(other.rawValue)]))
  }

  /// Code 5: another entity has the same values.
  static func uniqueViolation(_ key: JSONNode) -> AdminProblem {
    AdminProblem(
      409, code: 5, "unique constraint violation", "UNIQUE violation detected on '\(LuaText.inline(key))'",
      ("fields", key))
  }

  /// Code 6: what is to be changed is not there.
  static func missing(_ key: JSONNode) -> AdminProblem {
    let isPrimary = key["id"] != nil
    return AdminProblem(
      404, code: 6, "not found",
      "could not find the entity with \(isPrimary ? "primary key " : "")'\(LuaText.inline(key))'", ("fields", key))
  }

  /// Code 7: a page mark that this API did not give.
  static func invalidOffset(_ offset: String, _ reason: String) -> AdminProblem {
    AdminProblem(400, code: 7, "invalid offset", "'\(offset)' is not a valid offset: \(reason)", nil)
  }

  /// Code 9: a page size out of bounds.
  static func invalidSize(_ message: String) -> AdminProblem {
    AdminProblem(400, code: 9, "invalid size", message, nil)
  }

  /// Code 10: a path names an entity by a text that no entity may have.
  static func invalidUnique(_ field: String, _ message: String) -> AdminProblem {
    AdminProblem(400, code: 10, "invalid unique \(field)", message, nil)
  }

  /// Code 11: an argument of the query that means nothing.
  static func invalidOption(_ name: String, _ message: String) -> AdminProblem {
    AdminProblem(
      400, code: 11, "invalid options", "invalid option (\(name): \(message))",
      ("options", JSONNode(members: [(name, JSONNode(message))])))
  }

  /// Code 13: the entity refers by name to one that is not there.
  static func unresolvedReference(_ field: String, _ key: String, _ value: String, _ type: EntityType) -> AdminProblem {
    let shown = LuaText.inline(JSONNode(members: [(key, JSONNode(value))]))
    let message = "the foreign key cannot be resolved with '\(shown)' for an existing '\(type.rawValue)' entity"
    return AdminProblem(
      400, code: 13, "foreign keys unresolved", "foreign key unresolved (\(field).\(key): \(message))",
      ("fields", JSONNode(members: [(field, JSONNode(members: [(key, JSONNode(message))]))])))
  }
}
