import CToriiPlugin
import ToriiPlugin

/// `api-key`: lets only those pass who show a key. The upstream gets `X-Client-Name` instead of the key; the log record gets
/// `api_key.client`.
final class APIKey: ConfiguredPlugin {
  struct Client: PluginConfiguration {
    var name: String
    var key: String

    static let rules: [String: [ConfigurationRule]] = [
      "name": [.pattern("^[A-Za-z0-9._-]+$"), .maximumLength(64)],
      "key": [.minimumLength(1), .maximumLength(256), .secret, .referenceable],
    ]
  }

  struct Configuration: PluginConfiguration {
    /// Where clients put their key.
    var header: String?
    /// Who may pass.
    var keys: [Client]

    static let rules: [String: [ConfigurationRule]] = [
      "header": [ConfigurationRule("default", "X-API-Key"), .minimumLength(1), .maximumLength(128)],
      "keys": [.minimumCount(1)],
    ]
  }

  static let descriptor = PluginDescriptor(
    name: "api-key", version: "1.0.0", priority: 1250, phases: [.access], needs: [.headers, .flow, .log],
    vendor: "Torii", summary: "Lets only those pass who show a key", license: "Apache-2.0")

  private let header: String
  private let clients: [Client]

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    header = configuration.header ?? "X-API-Key"
    clients = configuration.keys
    for (place, client) in clients.enumerated() where clients[..<place].contains(where: { $0.key == client.key }) {
      throw PluginError(.configuration, "two clients have the same key", pointer: "/keys/\(place)/key")
    }
  }

  func access(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    try request.log.redact(header)
    guard let given = request.headers.get(header) else {
      return try refuse(request, #"{"message":"no API key was given"}"#)
    }
    var found: Client?
    for client in clients where Self.areSameSecret(given, client.key) { found = client }
    guard let found else { return try refuse(request, #"{"message":"the API key is not valid"}"#) }

    try request.log.set("api_key.client", json: "\"\(found.name)\"")
    try request.upstreamHeaders.remove(header)
    try request.upstreamHeaders.set("X-Client-Name", found.name)
    return .continue
  }

  private func refuse(_ request: Request, _ body: String) throws(PluginError) -> Action {
    try request.respond(
      status: 401, headers: ["Content-Type": "application/json", "WWW-Authenticate": "Key"], body: body)
  }

  /// How long it takes tells nothing of where the first difference is.
  private static func areSameSecret(_ given: ByteView, _ key: String) -> Bool {
    let key = Array(key.utf8)
    var difference: UInt8 = given.count == key.count ? 0 : 1
    for (place, byte) in given.enumerated() { difference |= byte ^ (key.isEmpty ? 0 : key[place % key.count]) }
    return difference == 0
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<APIKey>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
