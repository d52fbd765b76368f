import JSON

/// An answer of the control plane.
struct ServerResponse {
  /// The status code.
  var status: Int
  /// Fields besides those that every answer has.
  var headers: [(name: String, value: String)] = []
  /// The body; never sent in an answer to HEAD.
  var body: [UInt8] = []
  /// Whether the connection is closed behind the answer.
  var closesConnection = false

  /// An answer without a body.
  init(status: Int) {
    self.status = status
  }

  /// An answer in JSON.
  init(status: Int, _ node: JSONNode) {
    self.status = status
    headers = [("Content-Type", "application/json; charset=utf-8")]
    body = node.serialized()
  }

  /// An answer in plain text.
  init(status: Int, text: String, type: String = "text/plain; charset=utf-8") {
    self.status = status
    headers = [("Content-Type", type)]
    body = Array(text.utf8)
  }

  /// An answer that only says something: `{"message":"…"}`.
  static func message(_ status: Int, _ text: String) -> ServerResponse {
    ServerResponse(status: status, ["message": JSONNode(text)])
  }

  /// 404, in Kong's words.
  static var notFound: ServerResponse { message(404, "Not found") }

  /// 405, in Kong's words.
  static var methodNotAllowed: ServerResponse { message(405, "Method not allowed") }
}
