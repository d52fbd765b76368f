import JSON

/// Reads the bodies of calls of the Admin API.
enum RequestBody {
  /// The kinds of content that are understood.
  enum Content {
    case json
    case yaml
    case form
    /// There is no body.
    case none
  }

  /// What a request says it carries.
  static func content(_ request: ServerRequest) throws(AdminProblem) -> Content {
    let types = request.values(of: "Content-Type")
    guard types.count <= 1 else { throw .message(400, "Multiple Content-Type headers not allowed") }
    guard let type = types.first, !type.isEmpty else {
      guard request.body.isEmpty else { throw unsupported }
      return .none
    }
    switch type.lowercased().prefix(while: { $0 != ";" }).split(separator: " ").joined() {
    case "application/json": return .json
    case "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml": return .yaml
    case "application/x-www-form-urlencoded": return .form
    default: throw unsupported
    }
  }

  private static var unsupported: AdminProblem {
    .message(415, "Unsupported Media Type: send application/json or application/x-www-form-urlencoded")
  }

  /// The entity that a body holds: an object.
  ///
  /// - Parameter form: The types of its fields; only forms, where everything is text, need them. Gets what could be read without types.
  static func entity(_ request: ServerRequest, form: (JSONNode) -> FieldForm) throws(AdminProblem) -> JSONNode {
    switch try content(request) {
    case .none: return [:]
    case .yaml: throw unsupported
    case .json:
      guard let node = try? JSONNode(parsing: request.body) else { throw .message(400, "Cannot parse JSON body") }
      if node.array?.isEmpty == true { return [:] }
      guard node.members != nil else { throw .message(400, "Cannot parse JSON body: expected an object") }
      return node
    case .form:
      let plain = FormTree(PercentCoding.pairs(request.body)).node
      return FormTree.typed(plain, form(plain))
    }
  }
}
