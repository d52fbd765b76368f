import Configuration
import JSON

/// How decK calls the kinds of entity, where they are written, and in which order.
enum EntityKind {
  /// The kinds that are read from and written to a gateway, level by level: those of a level refer only to those of levels before.
  static let levels: [[EntityType]] = [
    [.certificates, .caCertificates, .consumers, .vaults, .keySets],
    [
      .services, .upstreams, .snis, .keys, .keyauthCredentials, .basicauthCredentials, .hmacauthCredentials,
      .jwtSecrets, .acls,
    ],
    [.routes, .targets],
    [.plugins],
  ]

  /// The kinds that every gateway has. Others may be missing, and count as empty then.
  static let required: Set<EntityType> = [.services, .routes, .plugins, .certificates, .snis, .upstreams, .consumers]

  /// The credentials of consumers.
  static let credentials: Set<EntityType> = [
    .keyauthCredentials, .basicauthCredentials, .hmacauthCredentials, .jwtSecrets, .acls,
  ]

  /// The kind in messages.
  static func name(_ type: EntityType) -> String {
    switch type {
    case .keyauthCredentials: "key-auth"
    case .basicauthCredentials: "basic-auth"
    case .hmacauthCredentials: "hmac-auth"
    case .jwtSecrets: "jwt-auth"
    case .acls: "acl-group"
    case .keySets: "key-set"
    default: type.singular
    }
  }

  /// An entity in messages: by its name, else by its id.
  static func display(_ type: EntityType, _ node: JSONNode, among entities: EntityLookup) -> String {
    let id = node.text("id") ?? ""
    func owner(_ type: EntityType, _ field: String) -> String {
      node.reference(field).map { entities.name(type, id: $0) } ?? ""
    }
    switch type {
    case .plugins: return plugin(node, among: entities)
    case .consumers: return node.text("username") ?? node.text("custom_id") ?? id
    case .targets: return "\(node.text("target") ?? id) for upstream \(owner(.upstreams, "upstream"))"
    case .acls: return "\(node.text("group") ?? id) for consumer \(owner(.consumers, "consumer"))"
    case .basicauthCredentials, .hmacauthCredentials:
      return "\(node.text("username") ?? id) for consumer \(owner(.consumers, "consumer"))"
    case .keyauthCredentials, .jwtSecrets:
      // Keys are secrets: the end is enough to tell them apart.
      return "*****\((node.text("key") ?? id).suffix(5)) for consumer \(owner(.consumers, "consumer"))"
    case .vaults: return node.text("prefix") ?? id
    case .keys: return node.text("name") ?? node.text("kid") ?? id
    default: return node.text("name") ?? id
    }
  }

  private static func plugin(_ node: JSONNode, among entities: EntityLookup) -> String {
    let name = node.text("name") ?? ""
    let scopes: [(EntityType, String)] = [(.services, "service"), (.routes, "route"), (.consumers, "consumer")]
    let parts = scopes.compactMap { type, field in
      node.reference(field).map { "\(field) \(entities.name(type, id: $0))" }
    }
    return parts.isEmpty ? "\(name) (global)" : "\(name) for \(parts.joined(separator: " and "))"
  }

  /// The path under which an entity is written.
  static func path(_ type: EntityType, _ node: JSONNode) -> String {
    let id = node.text("id") ?? ""
    if credentials.contains(type), let consumer = node.reference("consumer") {
      return "/consumers/\(consumer)/\(EntityCollections.nestedPath(type))/\(id)"
    }
    if type == .targets, let upstream = node.reference("upstream") { return "/upstreams/\(upstream)/targets/\(id)" }
    return "/\(EntityCollections.path(type))/\(id)"
  }
}

/// Finds the names of entities by their ids.
struct EntityLookup {
  private var names: [EntityType: [String: String]] = [:]

  init(_ configurations: GatewayConfiguration...) {
    for configuration in configurations {
      for type in [EntityType.services, .routes, .consumers, .upstreams] {
        for node in configuration.nodes(of: type) {
          guard let id = node.text("id") else { continue }
          names[type, default: [:]][id] = node.text("name") ?? node.text("username") ?? id
        }
      }
    }
  }

  func name(_ type: EntityType, id: String) -> String { names[type]?[id] ?? id }
}
