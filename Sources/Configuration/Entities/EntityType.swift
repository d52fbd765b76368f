/// The kinds of entity a configuration is made of; the raw value is the collection's name in files and in the Admin API.
public enum EntityType: String, CaseIterable, Hashable, Sendable {
  case certificates
  case caCertificates = "ca_certificates"
  case services
  case routes
  case consumers
  case upstreams
  case targets
  case plugins
  case snis
  case vaults
  case keySets = "key_sets"
  case keys
  case keyauthCredentials = "keyauth_credentials"
  case basicauthCredentials = "basicauth_credentials"
  case hmacauthCredentials = "hmacauth_credentials"
  case jwtSecrets = "jwt_secrets"
  case acls

  /// The name of one such entity: `service`, `ca_certificate`, `keyauth_credential`.
  public var singular: String {
    String(rawValue.dropLast())
  }

  /// What an entity of this kind may hold.
  public var schema: EntitySchema {
    EntitySchema.of(self)
  }

  /// The collections that may stand nested in an entity of this kind, with the field of the child that names the parent.
  public var children: [(type: EntityType, field: String)] {
    Self.childrenByParent[self] ?? []
  }

  private static let childrenByParent: [EntityType: [(type: EntityType, field: String)]] = {
    var children: [EntityType: [(type: EntityType, field: String)]] = [:]
    for child in EntityType.allCases {
      for field in child.schema.fields where field.isParent {
        if let parent = field.reference { children[parent, default: []].append((child, field.name)) }
      }
    }
    return children
  }()
}
