import JSON

/// What an entity of one kind may hold: the one description from which validation, defaults, the JSON form and the
/// messages come.
public struct EntitySchema: Sendable {
  /// How the id of an entity that was declared without one is derived.
  enum Identity: Sendable {
    /// From the value of its endpoint key.
    case endpointKey
    /// From these fields, joined by colons (foreign fields by id), behind the collection's name and the workspace.
    case fields([String])
  }

  /// The kind of entity.
  public let type: EntityType
  /// The fields in the order of the JSON form.
  public let fields: [FieldSchema]
  /// The field by which the Admin API and other entities may name an entity besides its id.
  public let endpointKey: String?
  let identity: Identity
  let checks: [EntityCheck]

  init(
    _ type: EntityType, endpointKey: String?, identity: Identity = .endpointKey, fields: [FieldSchema],
    checks: [EntityCheck] = []
  ) {
    self.type = type
    self.endpointKey = endpointKey
    self.identity = identity
    self.fields = fields
    self.checks = checks
  }

  /// The field of a name.
  public func field(_ name: String) -> FieldSchema? {
    fields.first { $0.name == name }
  }

  /// The names of the fields whose value is secret.
  public var secretFields: [String] {
    fields.filter(\.isSecret).map(\.name)
  }

  static func of(_ type: EntityType) -> EntitySchema {
    switch type {
    case .services: .services
    case .routes: .routes
    case .plugins: .plugins
    case .consumers: .consumers
    case .upstreams: .upstreams
    case .targets: .targets
    case .certificates: .certificates
    case .caCertificates: .caCertificates
    case .snis: .snis
    case .vaults: .vaults
    case .keySets: .keySets
    case .keys: .keys
    case .keyauthCredentials: .keyauthCredentials
    case .basicauthCredentials: .basicauthCredentials
    case .hmacauthCredentials: .hmacauthCredentials
    case .jwtSecrets: .jwtSecrets
    case .acls: .acls
    }
  }
}

// Types that several entities share.
extension FieldSchema {
  static let id = FieldSchema("id", .string, .uuid).automatic()
  static let createdAt = FieldSchema("created_at", .integer).automatic()
  static let updatedAt = FieldSchema("updated_at", .integer).automatic()
  static let tags = FieldSchema("tags", .set(FieldSchema("", .string, .lengthMinimum(1), .tag)))
  static let protocolNames = ["grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"]

  static func text(_ name: String, _ rules: Rule...) -> FieldSchema {
    var field = FieldSchema(name, .string, .lengthMinimum(1))
    field.rules += rules
    return field
  }

  static func element(_ rules: Rule...) -> FieldSchema {
    var field = FieldSchema("", .string, .lengthMinimum(1))
    field.rules += rules
    return field
  }

  static func uniqueName(_ name: String = "name") -> FieldSchema {
    FieldSchema.text(name, .uniqueName).unique()
  }

  static func timeout(_ name: String) -> FieldSchema {
    FieldSchema(name, .integer, .between(1, 2_147_483_646)).defaulting(to: .of(60000))
  }

  static func protocols(_ defaults: [String], elementRequired: Bool = true) -> FieldSchema {
    let element = FieldSchema.element(.oneOf(protocolNames))
    return FieldSchema("protocols", .set(elementRequired ? element : element.explicitlyOptional())).required(
      .of(defaults))
  }
}
