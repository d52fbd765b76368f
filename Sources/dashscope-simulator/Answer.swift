/// An answer that is ready to be sent.
struct Answer {
  /// What follows the head.
  enum Body {
    /// All of it, with a length.
    case whole([UInt8])
    /// Server-sent events.
    case events([StreamEvent])
  }

  var status = 200
  var headers: [(name: String, value: String)]
  var body: Body

  init(status: Int = 200, headers: [(name: String, value: String)], body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A JSON answer with the headers of the service.
  static func json(_ body: [UInt8], status: Int = 200, requestID: String) -> Answer {
    Answer(
      status: status, headers: serviceHeaders(requestID: requestID, contentType: "application/json"),
      body: .whole(body))
  }

  /// An error of the service; `native` chooses the shape.
  static func error(_ error: ServiceError, native: Bool = false, requestID: String = Identifier.uuid()) -> Answer {
    .json(
      native ? error.nativeBody(requestID: requestID) : error.body(requestID: requestID), status: error.status,
      requestID: requestID)
  }

  /// The header fields that every answer of the service carries.
  static func serviceHeaders(requestID: String, contentType: String) -> [(name: String, value: String)] {
    [
      ("vary", "Origin,Access-Control-Request-Method,Access-Control-Request-Headers, Accept-Encoding"),
      ("x-request-id", requestID), ("x-dashscope-call-gateway", "true"), ("content-type", contentType),
      ("server", "istio-envoy"), ("req-cost-time", "3"), ("x-envoy-upstream-service-time", "2"),
    ]
  }

  /// The reason phrase of a status.
  static func reason(_ status: Int) -> String {
    let phrases = [
      200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
      408: "Request Timeout", 413: "Payload Too Large", 415: "Unsupported Media Type", 429: "Too Many Requests",
      500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]
    return phrases[status] ?? "Status"
  }
}

/// One server-sent event: the JSON text of its data, and what it is for.
struct StreamEvent {
  /// What an event is for.
  enum Kind {
    case role, reasoning, content, tool, finish, usage, done, error
    /// Not part of the answer: it does not count and causes no delay.
    case noise
  }

  var kind: Kind
  var data: [UInt8]
}
