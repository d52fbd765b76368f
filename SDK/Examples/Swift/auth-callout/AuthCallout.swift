import CToriiPlugin
import ToriiPlugin

/// `auth-callout`: asks another service whether a request may pass, and waits for its answer.
///
/// 2xx lets the request pass, with the answer's `X-User` if there is one; 4xx is handed to the client as it is; anything else,
/// or no answer, is 503.
final class AuthCallout: ConfiguredPlugin {
  struct Configuration: PluginConfiguration {
    /// Called with GET for each request, with `X-Original-Method`, `X-Original-URI` and, when the client sent it,
    /// `Authorization`.
    var url: String
    /// Milliseconds.
    var timeout: UInt32?

    static let rules: [String: [ConfigurationRule]] = [
      "url": [.minimumLength(1), .maximumLength(1024)],
      "timeout": [ConfigurationRule("default", 1000), .minimum(1), .maximum(60000)],
    ]
  }

  static let descriptor = PluginDescriptor(
    name: "auth-callout", version: "1.0.0", priority: 1000, phases: [.access],
    needs: [.headers, .request, .flow, .async], vendor: "Torii",
    summary: "Asks another service whether a request may pass", license: "Apache-2.0")

  private let configuration: Configuration

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    guard configuration.url.hasPrefix("http://") || configuration.url.hasPrefix("https://") else {
      throw PluginError(.configuration, "is not an http or https URL", pointer: "/url")
    }
    self.configuration = configuration
  }

  func access(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    var headers = HeaderList()
    headers.append("X-Original-Method", request.method)
    headers.append("X-Original-URI", request.target)
    if let authorization = request.headers.get("Authorization") { headers.append("Authorization", authorization) }
    let call = HTTPCall(url: configuration.url, headers: headers, timeout: configuration.timeout ?? 1000)

    return try pause(request, until: call) { (answer, _) throws(PluginError) in
      switch answer.httpStatus {
      case 200...299 where answer.failure == nil:
        if let user = request.callOutHeaders.get("X-User") { try request.upstreamHeaders.set("X-User", user) }
        return .continue
      case 400...499 where answer.failure == nil:
        let type = request.callOutHeaders["Content-Type"] ?? "text/plain"
        return try request.respond(status: answer.httpStatus, headers: ["Content-Type": type], body: answer.body)
      default:
        request.logLine(.warn, "no authorisation: status \(answer.httpStatus), \(answer.message.string)")
        return try request.respond(
          status: 503, headers: ["Content-Type": "application/json"],
          body: #"{"message":"authorisation is not available"}"#)
      }
    }
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<AuthCallout>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
