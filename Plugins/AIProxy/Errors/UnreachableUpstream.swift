import JSON

/// An upstream that gave no answer, which the gateway answered for in Kong's words: these name neither the upstream nor what
/// can be done.
enum UnreachableUpstream {
  /// The failure that the gateway's body tells of, or `nil` when the body is somebody else's.
  /// - Parameter host: where the request was sent.
  static func failure(_ body: [UInt8], host: String) -> Failure? {
    let text = String(decoding: body.prefix(4096), as: UTF8.self)
    if text.contains(text: "name resolution failed") {
      return Failure(
        .api,
        "The gateway cannot find the upstream: the name \(host) does not resolve. It is the gateway's configuration "
          + "(model.options) or its name server, not the request; the gateway's log says more.", status: 502)
    }
    if text.contains(text: "The upstream server is timing out") {
      return Failure(.timeout, "The upstream \(host) did not answer in time.")
    }
    if text.contains(text: "An invalid response was received from the upstream server") {
      return Failure(
        .api, "The upstream \(host) could not be reached, or broke its answer off; the gateway's log says more.",
        status: 502)
    }
    return nil
  }
}
