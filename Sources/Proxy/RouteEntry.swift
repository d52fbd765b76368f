import Configuration
import JSON
import PluginHost

/// A route as requests meet it: everything a request needs, worked out when its generation was made.
final class RouteEntry {
  let route: Route
  let service: ServiceEntry?
  /// Plugins for requests that came in plain, and over TLS.
  let chain: PluginChain
  let tlsChain: PluginChain
  /// The route as the log record shows it.
  let logJSON: [UInt8]
  let routeID: [UInt8]
  let identifier: IdentifierWords
  let routeName: [UInt8]
  let acceptsPlain: Bool
  let acceptsTLS: Bool

  init(route: Route, service: ServiceEntry?, chain: PluginChain, tlsChain: PluginChain, workspace: String) {
    self.route = route
    self.service = service
    self.chain = chain
    self.tlsChain = tlsChain
    logJSON = LogEntity.text(of: route.node, workspace: workspace)
    routeID = Array(route.id.utf8)
    identifier = IdentifierWords(route.id)
    routeName = Array((route.name ?? "").utf8)
    acceptsPlain = route.protocols.contains(.http)
    acceptsTLS = route.protocols.contains(.https)
  }
}

/// A service as requests meet it.
final class ServiceEntry {
  let service: Service
  let id: [UInt8]
  let name: [UInt8]
  let path: [UInt8]
  /// Where it can be reached: one target, or those of an upstream entity, each as often as it weighs.
  let balancer: Balancer
  let logJSON: [UInt8]
  let timeouts: UpstreamTimeouts

  init(service: Service, balancer: Balancer, workspace: String) {
    self.service = service
    id = Array(service.id.utf8)
    name = Array((service.name ?? "").utf8)
    path = Array((service.path ?? "").utf8)
    self.balancer = balancer
    logJSON = LogEntity.text(of: service.node, workspace: workspace)
    timeouts = UpstreamTimeouts(
      connect: service.connectTimeout, write: service.writeTimeout, read: service.readTimeout)
  }
}

/// Milliseconds.
struct UpstreamTimeouts {
  var connect = 60_000
  var write = 60_000
  var read = 60_000
}

/// Chooses among the targets of a service: round robin, each target as often as its weight says.
final class Balancer {
  /// One place a request can go to, with the Host field that goes with it.
  struct Choice {
    let target: UpstreamTarget
    let hostField: [UInt8]
  }

  private let choices: [Choice]
  private var next = 0

  init(_ choices: [Choice]) { self.choices = choices }

  /// The next choice, or `nil` when there is no target.
  func choose() -> Choice? {
    guard !choices.isEmpty else { return nil }
    if next >= choices.count { next = 0 }
    defer { next += 1 }
    return choices[next]
  }

  /// Spreads targets so that a heavy one is not chosen many times in a row: smooth weighted round robin.
  static func spread(_ weighted: [(Choice, Int)], limit: Int = 1000) -> [Choice] {
    let total = weighted.reduce(0) { $0 + max(0, $1.1) }
    guard total > 0 else { return [] }
    let divisor = weighted.map(\.1).filter { $0 > 0 }.reduce(0, greatestCommonDivisor)
    let rounds = min(limit, total / max(1, divisor))
    var credit = weighted.map { _ in 0 }
    var chosen = weighted.map { _ in false }
    let spread: [Choice] = (0..<rounds).compactMap { _ in
      for index in weighted.indices { credit[index] += max(0, weighted[index].1) }
      guard let best = weighted.indices.max(by: { credit[$0] < credit[$1] }) else { return nil }
      credit[best] -= total
      chosen[best] = true
      return weighted[best].0
    }
    // Where the weights are too far apart for the limit, the light ones come once.
    return spread + weighted.indices.filter { weighted[$0].1 > 0 && !chosen[$0] }.map { weighted[$0].0 }
  }

  private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : greatestCommonDivisor(second, first % second)
  }
}

/// How entities look in a log record: members that are null are left out, the workspace is named.
enum LogEntity {
  static func text(of node: JSONNode, workspace: String) -> [UInt8] {
    guard case .object(let members) = node.content else { return Array("{}".utf8) }
    var kept = members.filter { !$0.value.isNull }
    kept.append(JSONNode.Member(name: "ws_id", value: JSONNode(.string(workspace))))
    return JSONNode(.object(kept)).serialized()
  }
}
