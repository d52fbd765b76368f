import JSON

/// An instance of a plugin: one configuration at one scope.
public struct PluginEntity: Entity {
  /// The kind of entity.
  public static let type = EntityType.plugins
  /// The whole instance; its `config` has every property of the plugin's schema, `null` where there is nothing.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The plugin's name.
  public let name: String
  /// The instance's own name, unique among instances.
  public let instanceName: String?
  /// The service it is bound to.
  public let serviceID: String?
  /// The route it is bound to.
  public let routeID: String?
  /// The consumer it is bound to.
  public let consumerID: String?
  /// The configuration with its defaults, without `null`s, vault references as written: what the plugin gets once they are resolved.
  public let config: JSONNode
  /// The protocols it runs for.
  public let protocols: [TransportProtocol]
  /// Whether it runs.
  public let enabled: Bool

  /// Makes an instance of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    name = node.text("name") ?? ""
    instanceName = node.text("instance_name")
    serviceID = node.reference("service")
    routeID = node.reference("route")
    consumerID = node.reference("consumer")
    config = (node["config"] ?? JSONNode(.object([]))).withoutNulls
    protocols = node.list("protocols").compactMap(TransportProtocol.init)
    enabled = node.flag("enabled", or: true)
  }

  /// The instance with another configuration; its other properties stay.
  public func replacing(config: JSONNode) -> PluginEntity {
    var node = node
    node.set("config", config)
    return PluginEntity(node: node)
  }
}

extension JSONNode {
  /// The node without the members of objects that are `null`.
  var withoutNulls: JSONNode {
    switch content {
    case .object(let members):
      let kept = members.filter { !$0.value.isNull }.map { member in
        Member(name: member.name, nameLocation: member.nameLocation, value: member.value.withoutNulls)
      }
      return JSONNode(.object(kept), at: location)
    case .array(let elements):
      return JSONNode(.array(elements.map(\.withoutNulls)), at: location)
    default:
      return self
    }
  }
}
