import Configuration
import JSON

/// `/schemas/…`: what entities may hold, and whether one would be accepted.
struct SchemaEndpoints {
  let controller: Controller

  private static func type(_ name: String) throws(AdminProblem) -> EntityType {
    guard let type = EntityType(rawValue: name.replacingDashes) ?? EntityCollections.type(name) else {
      throw .message(404, "No entity named '\(name)'")
    }
    return type
  }

  /// `GET /schemas/<entity>`
  func entity(_ name: String) throws(AdminProblem) -> JSONNode {
    try Self.type(name).schema.kongForm()
  }

  /// `GET /schemas/plugins/<name>`
  func plugin(_ name: String) throws(AdminProblem) -> JSONNode {
    guard let form = controller.pluginForm(name) else {
      var problem = AdminProblem.message(404, "No plugin named '\(name)'")
      problem.unknownPlugin = true
      throw problem
    }
    return form
  }

  /// `GET /schemas/vaults/<name>`
  func vault(_ name: String) throws(AdminProblem) -> JSONNode {
    guard name == "env" else { throw .message(404, "No vault named '\(name)'") }
    let prefix: JSONNode = ["prefix": ["type": "string"]]
    return ["fields": [["config": ["type": "record", "required": true, "fields": [prefix]]]], "entity_checks": []]
  }

  /// `POST /schemas/<entity>/validate`: checks an entity without looking at others. Nothing is kept.
  func validate(_ name: String, _ request: ServerRequest) throws(AdminProblem) {
    let type = try Self.type(name)
    let editor = controller.editor()
    let body = try RequestBody.entity(request) { plain in
      FieldForm.entity(type, plugin: type == .plugins ? plain.text("name").flatMap(editor.pluginForm) : nil)
    }
    let (_, errors) = EntityValidator(editor.options).validate(body, as: type)
    if !errors.isEmpty { throw .schemaViolation(errors) }
  }
}

extension String {
  /// `key-sets` as the collection is called elsewhere: `key_sets`.
  fileprivate var replacingDashes: String {
    String(map { $0 == "-" ? "_" : $0 })
  }
}
