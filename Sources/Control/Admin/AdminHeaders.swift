import EventLoop

/// The fields that every answer of the Admin API has.
enum AdminHeaders {
  /// Adds them: who answers, and that scripts of any origin may read it (https://fetch.spec.whatwg.org/#http-cors-protocol).
  static func add(to response: inout ServerResponse, of request: ServerRequest?, _ loop: EventLoop) {
    let now = ProcessClock.monotonicNanoseconds()
    let latency = now > loop.now ? (now - loop.now) / 1_000_000 : 0
    response.headers += [
      ("Access-Control-Allow-Origin", request?.values(of: "Origin").first ?? "*"),
      ("Access-Control-Allow-Credentials", "true"), ("X-Kong-Admin-Latency", "\(latency)"),
      ("Server", ProductVersion.server),
    ]
  }
}
