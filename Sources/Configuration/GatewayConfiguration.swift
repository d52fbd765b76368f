import JSON

/// The whole configuration of a gateway: all entities, references resolved to ids, defaults filled. An immutable value.
///
/// The nodes of the entities are what counts; the typed entities are made from them once.
public struct GatewayConfiguration: Sendable, Equatable {
  /// Where requests are sent.
  public let services: [Service]
  /// Which requests go where.
  public let routes: [Route]
  /// The instances of plugins.
  public let plugins: [PluginEntity]
  /// Who uses the gateway.
  public let consumers: [Consumer]
  /// Virtual hosts with several targets.
  public let upstreams: [Upstream]
  /// The targets of upstreams.
  public let targets: [Target]
  /// Certificates with their keys.
  public let certificates: [Certificate]
  /// For which names which certificate is shown.
  public let snis: [SNI]
  /// Certificates of authorities.
  public let caCertificates: [CACertificate]
  /// Named ways to secrets.
  public let vaults: [Vault]
  /// What consumers prove themselves with.
  public let credentials: [Credential]
  /// Kinds of entity that are kept, but not looked at yet: keys and sets of keys.
  public let others: [EntityType: [JSONNode]]

  /// Makes a configuration of entities that were checked, collection by collection.
  public init(entities: [EntityType: [JSONNode]] = [:]) {
    func read<Kind: Entity>(_ kind: Kind.Type) -> [Kind] { (entities[kind.type] ?? []).map(Kind.init(node:)) }
    services = read(Service.self)
    routes = read(Route.self)
    plugins = read(PluginEntity.self)
    consumers = read(Consumer.self)
    upstreams = read(Upstream.self)
    targets = read(Target.self)
    certificates = read(Certificate.self)
    snis = read(SNI.self)
    caCertificates = read(CACertificate.self)
    vaults = read(Vault.self)
    credentials = Self.credentialTypes.flatMap { type in
      (entities[type] ?? []).map { Credential(type: type, node: $0) }
    }
    var others: [EntityType: [JSONNode]] = [:]
    for type in [EntityType.keys, .keySets] {
      if let nodes = entities[type], !nodes.isEmpty { others[type] = nodes }
    }
    self.others = others
  }

  private static let credentialTypes: [EntityType] = [
    .keyauthCredentials, .basicauthCredentials, .hmacauthCredentials, .jwtSecrets, .acls,
  ]

  /// The entities of one kind as the Admin API shows them.
  public func nodes(of type: EntityType) -> [JSONNode] {
    switch type {
    case .services: services.map(\.node)
    case .routes: routes.map(\.node)
    case .plugins: plugins.map(\.node)
    case .consumers: consumers.map(\.node)
    case .upstreams: upstreams.map(\.node)
    case .targets: targets.map(\.node)
    case .certificates: certificates.map(\.node)
    case .snis: snis.map(\.node)
    case .caCertificates: caCertificates.map(\.node)
    case .vaults: vaults.map(\.node)
    case .keyauthCredentials, .basicauthCredentials, .hmacauthCredentials, .jwtSecrets, .acls:
      credentials.filter { $0.type == type }.map(\.node)
    case .keys, .keySets: others[type] ?? []
    }
  }

  /// All entities, collection by collection; collections without entities are left out.
  public var entities: [EntityType: [JSONNode]] {
    var entities: [EntityType: [JSONNode]] = [:]
    for type in EntityType.allCases {
      let nodes = nodes(of: type)
      if !nodes.isEmpty { entities[type] = nodes }
    }
    return entities
  }

  /// Whether two configurations have the same entities; their order means nothing.
  public static func == (left: GatewayConfiguration, right: GatewayConfiguration) -> Bool {
    EntityType.allCases.allSatisfy { type in
      let (some, others) = (left.nodes(of: type), right.nodes(of: type))
      guard some.count == others.count else { return false }
      let byID = Dictionary(others.map { ($0.text("id") ?? "", $0) }, uniquingKeysWith: { first, _ in first })
      return some.allSatisfy { byID[$0.text("id") ?? ""] == $0 }
    }
  }

  /// The configuration as one node, nothing lost: what the controller hands to workers. Secrets stand in it as they are.
  public func encoded() -> JSONNode {
    var members = [(String, JSONNode)]()
    for type in EntityType.allCases {
      let nodes = nodes(of: type)
      if !nodes.isEmpty { members.append((type.rawValue, .of(nodes))) }
    }
    return .of(members: members)
  }

  /// Reads what ``encoded()`` wrote; nothing is checked again, unknown collections are left out.
  public init(encoded node: JSONNode) {
    var entities: [EntityType: [JSONNode]] = [:]
    for type in EntityType.allCases { entities[type] = node[type.rawValue]?.array }
    self.init(entities: entities)
  }

  /// What `POST /config` answers: collections, each with its entities by id.
  public func nodesByID() -> JSONNode {
    .of(
      members: EntityType.allCases.compactMap { type in
        let nodes = nodes(of: type)
        guard !nodes.isEmpty else { return nil }
        return (type.rawValue, .of(members: nodes.map { ($0.text("id") ?? "", $0) }))
      })
  }
}
