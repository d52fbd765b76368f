import JSON

extension EntitySchema {
  /// The kinds of vault that the gateway can ask.
  static let vaultBackends = ["env"]

  /// What a vault may hold.
  static let vaults = EntitySchema(
    .vaults, endpointKey: "prefix", identity: .fields(["prefix"]),
    fields: [
      .id, .createdAt, .updatedAt,
      .text("prefix", .notOneOf(vaultBackends), .vaultPrefix).required().unique(),
      .text(
        "name",
        .custom { vaultBackends.contains($0) ? nil : "vault '\($0)' is not installed" }
      ).required(),
      .text("description"),
      FieldSchema("config", .vaultConfiguration).required(),
      .tags,
    ])

  /// What a set of keys may hold.
  static let keySets = EntitySchema(
    .keySets, endpointKey: "name", fields: [.id, .text("name").unique(), .createdAt, .updatedAt, .tags])

  /// What a key may hold.
  static let keys = EntitySchema(
    .keys, endpointKey: "name", identity: .fields(["kid", "set"]),
    fields: [
      .id, FieldSchema("set", .foreign(.keySets)).parent(cascading: true), .text("name").unique(),
      .text("kid").required(),
      .text("jwk").secret().referenceable(),
      FieldSchema(
        "pem",
        .record(
          [.text("private_key").secret().referenceable(), .text("public_key").referenceable()],
          [.init(fields: ["private_key", "public_key"]) { _, _ in [] }])),
      .createdAt, .updatedAt, .tags,
    ],
    checks: [.onlyOneOf(["jwk", "pem"])])
}
