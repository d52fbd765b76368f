import Configuration
import JSON

/// What a gateway has now, read over its Admin API.
struct GatewayState {
  /// The version that it says it has.
  var version: String
  /// Its entities.
  var configuration: GatewayConfiguration

  /// Asks for the version.
  static func version(_ client: AdminClient) throws(CommandFailure) -> String {
    guard let version = try client.get("/")?.text("version"), !version.isEmpty else {
      throw CommandFailure("GET \(client.url)/: the answer has no version: is this an Admin API?")
    }
    return version
  }

  /// Reads everything.
  ///
  /// - Parameter skipping: Kinds that are left out.
  static func read(_ client: AdminClient, skipping: Set<EntityType> = []) throws(CommandFailure) -> GatewayState {
    let version = try version(client)
    var entities: [EntityType: [JSONNode]] = [:]
    for type in EntityKind.levels.joined() where !skipping.contains(type) && type != .targets {
      let tolerated = EntityKind.required.contains(type) ? [] : [403, 404]
      var nodes = try client.list("/\(EntityCollections.path(type))", tolerating: tolerated)
      // The names of its servers are entities of their own.
      if type == .certificates { nodes = nodes.map { $0.without("snis") } }
      entities[type] = nodes
    }
    for upstream in entities[.upstreams] ?? [] {
      guard let id = upstream.text("id") else { continue }
      entities[.targets, default: []] += try client.list("/upstreams/\(id)/targets")
    }
    return GatewayState(version: version, configuration: GatewayConfiguration(entities: entities))
  }
}
