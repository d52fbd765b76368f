import Configuration
import EventLoop
import Glibc
import JSON

/// What the Admin API tells of the gateway itself.
struct InformationEndpoints {
  let controller: Controller

  /// `GET /`
  func root() -> JSONNode {
    let plugins = controller.publisher.plugins.sorted { $0.key < $1.key }
    let available = plugins.map { name, facts in
      (name, ["version": JSONNode(facts.version), "priority": JSONNode(facts.priority)] as JSONNode)
    }
    let used = Set(controller.configuration.plugins.map(\.name))
    return [
      "tagline": "Welcome to torii", "version": JSONNode(ProductVersion.admin), "edition": "community",
      "hostname": JSONNode(Self.hostName), "node_id": JSONNode(controller.nodeID),
      "plugins": [
        "available_on_server": JSONNode(members: available), "enabled_in_cluster": JSONNode(strings: used.sorted()),
      ],
      "configuration": configuration(), "lua_version": "none", "timers": ["running": 0, "pending": 0],
      "pids": controller.publisher.status["pids"] ?? ["master": JSONNode(getppid()), "workers": []],
    ]
  }

  private func configuration() -> JSONNode {
    var node = controller.settings.encoded()
    // Clients ask for it to learn whether they can write: they can.
    node.set("database", "postgres")
    node.set("router_flavor", "traditional_compatible")
    return node
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    // The last byte is never given away, so the name is terminated.
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// `GET /status`: what the publisher tells, and what Kong's clients look for.
  func status() -> JSONNode {
    // Series by series they are for the metrics; here their sums are enough.
    var node = JSONNode(.object((controller.publisher.status.members ?? []).filter { $0.name != "plugin_metrics" }))
    if node["database"] == nil { node.set("database", ["reachable": true]) }
    if node["version"] == nil { node.set("version", JSONNode(ProductVersion.torii)) }
    return node
  }

  /// `GET /plugins/enabled`
  func enabledPlugins() -> JSONNode {
    ["enabled_plugins": JSONNode(strings: controller.publisher.plugins.keys.sorted())]
  }

  /// `GET /endpoints`
  func endpoints() -> JSONNode {
    var paths: Set<String> = [
      "/", "/status", "/endpoints", "/config", "/tags", "/tags/{tags}", "/plugins/enabled", "/plugins/schema/{name}",
      "/schemas/{name}", "/schemas/plugins/{name}", "/schemas/vaults/{name}", "/schemas/plugins/validate",
      "/schemas/vaults/validate", "/schemas/{db_entity_name}/validate", "/upstreams/{upstreams}/targets/all",
      "/torii/status", "/torii/reload", "/torii/rollback", "/torii/canary/promote", "/torii/canary/abort",
      "/torii/plugins/{name}/reinstate",
    ]
    for (path, type) in EntityCollections.topLevel {
      let entity = "/\(path)/{\(type.rawValue)}"
      paths.formUnion(["/\(path)", entity])
      for child in EntityCollections.nested(below: type) {
        paths.formUnion(["\(entity)/\(child.path)", "\(entity)/\(child.path)/{\(child.type.rawValue)}"])
      }
      for above in EntityCollections.above(type) { paths.insert("\(entity)/\(above.field)") }
    }
    return ["data": JSONNode(strings: paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })]
  }

  /// `GET /tags` and `GET /tags/<tag>`
  func tags(_ wanted: String?, _ request: ServerRequest) throws(AdminProblem) -> JSONNode {
    var found: [JSONNode] = []
    for type in EntityType.allCases {
      for node in controller.configuration.nodes(of: type) {
        for tag in node["tags"]?.strings ?? [] where wanted == nil || tag == wanted {
          found.append([
            "entity_name": JSONNode(type.rawValue), "entity_id": node["id"] ?? nil, "tag": JSONNode(tag),
          ])
        }
      }
    }
    return try Listing(request, path: request.path, isNested: true).page(found) {
      "\($0.text("entity_id") ?? "") \($0.text("tag") ?? "")"
    }
  }
}
