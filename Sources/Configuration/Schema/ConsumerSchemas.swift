import JSON

extension EntitySchema {
  /// What a consumer may hold.
  static let consumers = EntitySchema(
    .consumers, endpointKey: "username",
    fields: [.id, .createdAt, .updatedAt, .text("username").unique(), .text("custom_id").unique(), .tags],
    checks: [.atLeastOneOf(["custom_id", "username"])])

  private static let consumer = FieldSchema("consumer", .foreign(.consumers)).required().parent(cascading: true)

  /// What a key of a consumer may hold.
  static let keyauthCredentials = EntitySchema(
    .keyauthCredentials, endpointKey: "key", identity: .fields([]),
    fields: [
      .id, .createdAt, consumer, .text("key").unique().secret().referenceable().automatic(),
      FieldSchema("ttl", .integer).leftOutWhenNull(), .tags,
    ])

  /// What a name and password of a consumer may hold.
  static let basicauthCredentials = EntitySchema(
    .basicauthCredentials, endpointKey: "username", identity: .fields(["username"]),
    fields: [
      .id, .createdAt, consumer, .text("username").required().unique(),
      .text("password").required().secret().referenceable(), .tags,
    ])

  /// What a shared secret of a consumer may hold.
  static let hmacauthCredentials = EntitySchema(
    .hmacauthCredentials, endpointKey: "username", identity: .fields(["username"]),
    fields: [
      .id, .createdAt, consumer, .text("username").required().unique(),
      .text("secret").secret().referenceable().automatic(), .tags,
    ])

  /// What a key for JSON Web Tokens of a consumer may hold.
  static let jwtSecrets = EntitySchema(
    .jwtSecrets, endpointKey: "key", identity: .fields([]),
    fields: [
      .id, .createdAt, consumer, .text("key").unique().automatic(),
      .text("secret").secret().referenceable().automatic(),
      .text("rsa_public_key"),
      .text(
        "algorithm",
        .oneOf([
          "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
          "PS256", "PS384", "PS512", "EdDSA",
        ])
      ).defaulting(to: .of("HS256")),
      .tags,
    ])

  /// What a group of a consumer may hold.
  static let acls = EntitySchema(
    .acls, endpointKey: nil, identity: .fields(["consumer", "group"]),
    fields: [.id, .createdAt, consumer, .text("group").required(), .tags])
}
