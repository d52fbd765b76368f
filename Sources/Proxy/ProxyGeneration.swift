import Configuration
import EventLoop
import PluginHost
import Routing

/// One configuration as requests meet it: routes, services, chains of plugin instances. Immutable; a request keeps the
/// generation it began with.
final class ProxyGeneration {
  let number: Int
  let routes: [RouteEntry]
  let router: Router?
  /// Global instances: what runs for a request without a route.
  let globalChain: PluginChain
  /// Requests that began with it and are not over.
  var activeRequests = 0
  /// Requests that were over, and those of them that were answered with a server's error.
  var served = 0
  var failed = 0

  /// The generation before there is a configuration.
  static func empty() -> ProxyGeneration {
    ProxyGeneration(number: 0, routes: [], router: nil, globalChain: .empty)
  }

  init(number: Int, routes: [RouteEntry], router: Router?, globalChain: PluginChain) {
    self.number = number
    self.routes = routes
    self.router = router
    self.globalChain = globalChain
  }
}

/// Makes a generation of a configuration.
struct GenerationBuilder {
  let worker: ProxyWorker
  let configuration: GatewayConfiguration
  /// Makes the instance of a plugin entity, or gives the one an earlier generation had; `nil`: there is to be none.
  let instance: (PluginEntity) throws -> PluginInstance?

  func build(number: Int) throws -> ProxyGeneration {
    var instances: [String: PluginInstance] = [:]
    let plugins = configuration.plugins.filter { $0.enabled && $0.consumerID == nil }
    for plugin in plugins { instances[plugin.id] = try instance(plugin) }

    var services: [String: ServiceEntry] = [:]
    for service in configuration.services where service.enabled {
      services[service.id] = ServiceEntry(
        service: service, balancer: try balancer(of: service), workspace: Self.workspace)
    }
    let disabled = Set(configuration.services.filter { !$0.enabled }.map(\.id))
    var entries: [RouteEntry] = []
    var definitions: [RouteDefinition] = []
    for route in configuration.routes {
      if let service = route.serviceID, disabled.contains(service) { continue }
      let plain = chain(plugins, instances, route: route.id, service: route.serviceID, over: .http)
      let secure = chain(plugins, instances, route: route.id, service: route.serviceID, over: .https)
      let same = plain.links.map(\.instance.id) == secure.links.map(\.instance.id)
      definitions.append(definition(of: route, index: entries.count))
      entries.append(
        RouteEntry(
          route: route, service: route.serviceID.flatMap { services[$0] }, chain: plain,
          tlsChain: same ? plain : secure, workspace: Self.workspace))
    }
    let router = definitions.isEmpty ? nil : try Router(definitions)
    let global = chain(plugins, instances, route: nil, service: nil, over: .http)
    return ProxyGeneration(number: number, routes: entries, router: router, globalChain: global)
  }

  /// The id of the workspace `default`, which every Kong has.
  static let workspace = "0dc6f45b-8f8d-40d2-a504-473544ee190b"

  /// Of each plugin the instance with the most specific scope: route and service, route, service, global.
  private func chain(
    _ plugins: [PluginEntity], _ instances: [String: PluginInstance], route: String?, service: String?,
    over transport: TransportProtocol
  ) -> PluginChain {
    var isRefused = false
    var best: [String: (rank: Int, instance: PluginInstance)] = [:]
    for plugin in plugins where plugin.protocols.contains(transport) {
      if let bound = plugin.routeID, bound != route { continue }
      if let bound = plugin.serviceID, bound != service { continue }
      let rank = (plugin.routeID != nil ? 2 : 0) + (plugin.serviceID != nil ? 1 : 0)
      guard let instance = instances[plugin.id] else {
        if worker.plugins.quarantine(of: plugin.name) == .reject { isRefused = true }
        continue
      }
      if let present = best[plugin.name], present.rank >= rank { continue }
      best[plugin.name] = (rank, instance)
    }
    return PluginChain(best.values.map(\.instance), isRefused: isRefused)
  }

  private func balancer(of service: Service) throws -> Balancer {
    let isTLS = service.protocol == .https
    let verification = UpstreamVerification(
      verify: service.tlsVerify ?? worker.settings.upstreamTLSVerify, depth: service.tlsVerifyDepth,
      trusted: configuration.caCertificates.filter { service.caCertificates.contains($0.id) }.map(\.certificate),
      shown: configuration.certificates.first { $0.id == service.clientCertificate }.map {
        TLSCertificate(chain: .text($0.certificate), key: .text($0.key))
      })
    func choice(_ host: String, _ port: Int, hostHeader: String?) throws -> Balancer.Choice {
      let key = UpstreamTarget.Key(
        isTLS: isTLS, host: host, port: UInt16(truncatingIfNeeded: port), verification: verification)
      return Balancer.Choice(
        target: try worker.target(key),
        hostField: HostField.text(
          host: hostHeader ?? host, port: port, isTLS: isTLS, portIsGiven: hostHeader?.contains(":") ?? false))
    }
    guard let upstream = configuration.upstreams.first(where: { $0.name == service.host }) else {
      return Balancer([try choice(service.host, service.port, hostHeader: nil)])
    }
    let weighted = try configuration.targets.filter { $0.upstreamID == upstream.id }.map { target in
      let (host, port) = HostField.split(target.target, defaultPort: 8000)
      return (try choice(host, port, hostHeader: upstream.hostHeader), target.weight)
    }
    return Balancer(Balancer.spread(weighted))
  }

  private func definition(of route: Route, index: Int) -> RouteDefinition {
    var protocols: RouteProtocols = []
    if route.protocols.contains(.http) { protocols.insert(.http) }
    if route.protocols.contains(.https) { protocols.insert(.https) }
    if route.protocols.contains(.grpc) { protocols.insert(.grpc) }
    if route.protocols.contains(.grpcs) { protocols.insert(.grpcs) }
    return RouteDefinition(
      id: route.id, protocols: protocols, methods: route.methods, hosts: route.hosts, paths: route.paths,
      headers: route.headers.map { .init(name: $0.name, values: $0.values) }, snis: route.snis,
      regexPriority: route.regexPriority, stripPath: route.stripPath, preserveHost: route.preserveHost,
      httpsRedirectStatusCode: route.httpsRedirectStatusCode, index: index)
  }
}

/// The Host field of upstream requests, and targets' texts.
enum HostField {
  /// The host, with the port unless it is the scheme's own (RFC 9110 §7.2); IPv6 addresses in brackets.
  static func text(host: String, port: Int, isTLS: Bool, portIsGiven: Bool = false) -> [UInt8] {
    let name = host.contains(":") && !host.hasPrefix("[") && !portIsGiven ? "[\(host)]" : host
    if portIsGiven || port == (isTLS ? 443 : 80) { return Array(name.utf8) }
    return Array("\(name):\(port)".utf8)
  }

  /// The host and port of a URL's authority (RFC 3986 §3.2), without user information: `nil` when it is anything else, so
  /// that nothing is read in two ways.
  static func authority(_ text: Substring, defaultPort: Int) -> (host: String, port: Int)? {
    var name = text
    var port = defaultPort
    let bracket = text.lastIndex(of: "]") ?? text.startIndex
    if let colon = text[bracket...].lastIndex(of: ":") {
      name = text[..<colon]
      let digits = text[text.index(after: colon)...]
      guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }),
        let number = Int(digits), (1...65535).contains(number)
      else { return nil }
      port = number
    }
    guard !name.contains(":") || name.hasPrefix("["), let host = host(name) else { return nil }
    return (host, port)
  }

  /// A name of letters, digits, `-`, `.` and `_`, or an IPv6 address with or without brackets; without them.
  static func host(_ text: Substring) -> String? {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]") && text.utf8.count > 2
    let bare = isBracketed ? text.dropFirst().dropLast() : text
    let isAddress = bare.utf8.contains(UInt8(ascii: ":"))
    guard isBracketed == isAddress || !isBracketed, (1...255).contains(bare.utf8.count) else { return nil }
    let isValid = bare.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 97...102, 65...70, UInt8(ascii: "."): true
      case UInt8(ascii: ":"): true
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        !isAddress
      default: false
      }
    }
    return isValid ? String(bare) : nil
  }

  /// `host:port`, `[address]:port` or either without a port.
  static func split(_ text: String, defaultPort: Int) -> (host: String, port: Int) {
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
      let host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      return (host, rest.hasPrefix(":") ? Int(rest.dropFirst()) ?? defaultPort : defaultPort)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return (text, defaultPort) }
    return (String(parts[0]), Int(parts[1]) ?? defaultPort)
  }
}
