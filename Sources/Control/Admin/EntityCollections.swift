import Configuration

/// How the collections are called in paths.
enum EntityCollections {
  /// The collections that have a path of their own; targets are only found below their upstream.
  static let topLevel: [(path: String, type: EntityType)] = [
    ("services", .services), ("routes", .routes), ("plugins", .plugins), ("consumers", .consumers),
    ("upstreams", .upstreams), ("certificates", .certificates), ("ca_certificates", .caCertificates),
    ("snis", .snis), ("vaults", .vaults), ("keys", .keys), ("key-sets", .keySets),
    ("key-auths", .keyauthCredentials), ("basic-auths", .basicauthCredentials), ("hmac-auths", .hmacauthCredentials),
    ("jwts", .jwtSecrets), ("acls", .acls),
  ]

  /// The kind of entity of a path's first segment.
  static func type(_ path: String) -> EntityType? {
    topLevel.first { $0.path == path }?.type
  }

  /// The first segment of the path of a kind of entity.
  static func path(_ type: EntityType) -> String {
    topLevel.first { $0.type == type }?.path ?? type.rawValue
  }

  /// The segment under which entities of a kind are found below one that they refer to.
  static func nestedPath(_ type: EntityType) -> String {
    switch type {
    case .keyauthCredentials: "key-auth"
    case .basicauthCredentials: "basic-auth"
    case .hmacauthCredentials: "hmac-auth"
    case .jwtSecrets: "jwt"
    default: type.rawValue
    }
  }

  /// The collections below an entity of a kind: what refers to it, and by which field.
  static func nested(below parent: EntityType) -> [(path: String, type: EntityType, field: String)] {
    EntityType.allCases.flatMap { child in
      child.schema.fields.filter { $0.reference == parent }.map { (nestedPath(child), child, $0.name) }
    }
  }

  /// The entities above one of a kind: what it refers to, by field. Kong has no such path for server names and targets.
  static func above(_ child: EntityType) -> [(field: String, type: EntityType)] {
    guard child != .snis, child != .targets else { return [] }
    return child.schema.fields.compactMap { field in field.reference.map { (field.name, $0) } }
  }
}
