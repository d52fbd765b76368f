import Configuration
import JSON

/// The Admin API: takes calls apart and answers them. It follows Kong's (release 3.9) path by path, message by message.
///
/// What reads is answered at once from the current configuration. What writes is given to the controller as a plan, which makes new
/// entities of current ones; it may be carried out more than once.
final class AdminAPI {
  /// A change of the configuration: changes the editor's table and says what the client is to be answered.
  typealias Plan = (inout EntityEditor) throws(AdminProblem) -> ServerResponse

  private unowned let controller: Controller

  init(controller: Controller) {
    self.controller = controller
  }

  /// Answers a call.
  func handle(_ request: ServerRequest, _ respond: @escaping (ServerResponse) -> Void) {
    handle(request, mayRefresh: true, respond)
  }

  private func handle(
    _ request: ServerRequest, mayRefresh: Bool, _ respond: @escaping (ServerResponse) -> Void
  ) {
    let segments = request.path.utf8.split(separator: UInt8(ascii: "/")).map {
      PercentCoding.decode($0, plusIsSpace: false)
    }
    guard let target = AdminTarget(segments) else { return respond(.notFound) }
    if request.method == "OPTIONS" { return respond(Self.options(target)) }
    guard target.methods.contains(request.method) else {
      var response = ServerResponse.methodNotAllowed
      response.headers.append(("Allow", target.methods.joined(separator: ", ")))
      return respond(response)
    }
    if case .operation(let operation) = target, request.method == "POST" {
      return operation.perform(request, controller, respond)
    }
    do throws(AdminProblem) {
      if let plan = try plan(request, target) {
        controller.change(plan, respond: respond)
      } else {
        respond(try answer(request, target))
      }
    } catch {
      guard error.unknownPlugin, mayRefresh else { return respond(error.response) }
      // The plugin may have been installed since the last look.
      controller.publisher.refreshPlugins { [self] in handle(request, mayRefresh: false, respond) }
    }
  }

  private static func options(_ target: AdminTarget) -> ServerResponse {
    var response = ServerResponse(status: 204)
    let methods = target.methods.joined(separator: ", ")
    response.headers = [
      ("Allow", methods), ("Access-Control-Allow-Methods", methods), ("Access-Control-Allow-Headers", "Content-Type"),
    ]
    return response
  }

  // MARK: Reading

  private func answer(_ request: ServerRequest, _ target: AdminTarget) throws(AdminProblem) -> ServerResponse {
    let information = InformationEndpoints(controller: controller)
    switch target {
    case .root: return ServerResponse(status: 200, information.root())
    case .status: return ServerResponse(status: 200, information.status())
    case .operation: return ServerResponse(status: 200, information.status())
    case .endpoints: return ServerResponse(status: 200, information.endpoints())
    case .enabledPlugins: return ServerResponse(status: 200, information.enabledPlugins())
    case .tags(let tag):
      return ServerResponse(status: 200, try information.tags(tag, request))
    case .config: return ServerResponse(status: 200, ConfigEndpoint(controller: controller).export())
    case .entitySchema(let name): return ServerResponse(status: 200, try schemas.entity(name))
    case .pluginSchema(let name): return ServerResponse(status: 200, try schemas.plugin(name))
    case .vaultSchema(let name): return ServerResponse(status: 200, try schemas.vault(name))
    case .validation(let name):
      try schemas.validate(name, request)
      return .message(200, "schema validation successful")
    case .collection(let type, let scope):
      return ServerResponse(status: 200, try list(type, scope, request))
    case .entity(let type, let key, let scope):
      let editor = controller.editor()
      guard let node = try editor.find(type, key, in: scope) else { throw .notFound }
      return ServerResponse(status: 200, EntityEditor.shown(node, type, in: editor.table))
    case .above(let type, let key, let field, let parent):
      let editor = controller.editor()
      let id = try Self.above(type, key, field, editor)
      guard let node = editor.table.entity(parent, id: id) else { throw .notFound }
      return ServerResponse(status: 200, EntityEditor.shown(node, parent, in: editor.table))
    }
  }

  private var schemas: SchemaEndpoints { SchemaEndpoints(controller: controller) }

  private static func above(_ type: EntityType, _ key: String, _ field: String, _ editor: EntityEditor)
    throws(AdminProblem) -> String
  {
    guard let id = try editor.find(type, key, in: nil)?.reference(field) else { throw .notFound }
    return id
  }

  private func list(_ type: EntityType, _ scope: AdminTarget.Scope?, _ request: ServerRequest) throws(AdminProblem)
    -> JSONNode
  {
    let editor = controller.editor()
    let listing = try Listing(request, path: request.path, isNested: scope != nil)
    var nodes = editor.table.all(type)
    if let scope {
      let id = try editor.parentID(scope)
      nodes = nodes.filter { $0.reference(scope.field) == id }
    }
    if type == .consumers, let id = request.argument("custom_id") {
      nodes = nodes.filter { $0.text("custom_id") == id }
    }
    if type == .certificates { nodes = nodes.map { EntityEditor.shown($0, type, in: editor.table) } }
    return listing.page(nodes)
  }

  // MARK: Writing

  /// What is to be done; `nil` when the call only reads.
  private func plan(_ request: ServerRequest, _ target: AdminTarget) throws(AdminProblem) -> Plan? {
    switch (request.method, target) {
    case ("POST", .config): return try ConfigEndpoint(controller: controller).plan(request)
    case ("POST", .collection(let type, let scope)):
      let body = try body(request, type)
      return { (editor) throws(AdminProblem) in
        ServerResponse(status: 201, try editor.insert(type, body, in: scope))
      }
    case ("PUT", .entity(let type, let key, let scope)):
      let body = try body(request, type)
      return { (editor) throws(AdminProblem) in
        ServerResponse(status: 200, try editor.upsert(type, key, body, in: scope))
      }
    case ("PATCH", .entity(let type, let key, let scope)):
      let body = try body(request, type, patching: key, scope)
      return { (editor) throws(AdminProblem) in
        ServerResponse(status: 200, try editor.update(type, key, body, in: scope))
      }
    case ("DELETE", .entity(let type, let key, let scope)):
      return { (editor) throws(AdminProblem) in
        try editor.delete(type, key, in: scope)
        return ServerResponse(status: 204)
      }
    case ("PUT", .above(let type, let key, let field, let parent)):
      let body = try body(request, parent)
      return { (editor) throws(AdminProblem) in
        ServerResponse(status: 200, try editor.upsert(parent, Self.above(type, key, field, editor), body, in: nil))
      }
    case ("PATCH", .above(let type, let key, let field, let parent)):
      let body = try body(request, parent)
      return { (editor) throws(AdminProblem) in
        ServerResponse(status: 200, try editor.update(parent, Self.above(type, key, field, editor), body, in: nil))
      }
    default: return nil
    }
  }

  private func body(
    _ request: ServerRequest, _ type: EntityType, patching key: String? = nil, _ scope: AdminTarget.Scope? = nil
  ) throws(AdminProblem) -> JSONNode {
    try RequestBody.entity(request) { plain in
      let editor = controller.editor()
      let old = key.flatMap { key in (try? editor.find(type, key, in: scope)).flatMap { $0 } }
      let name = plain.text("name") ?? old?.text("name")
      return FieldForm.entity(type, plugin: type == .plugins ? name.flatMap(editor.pluginForm) : nil)
    }
  }
}
