import JSON

extension EntitySchema {
  /// What a service may hold.
  static let services = EntitySchema(
    .services, endpointKey: "name",
    fields: [
      .id, .createdAt, .updatedAt, .uniqueName(),
      FieldSchema("retries", .integer, .between(0, 32767)).defaulting(to: .of(5)),
      .text("protocol", .oneOf(FieldSchema.protocolNames)).required(.of("http")),
      .text("host", .host).required(),
      FieldSchema("port", .integer, .between(0, 65535)).required(.of(80)),
      .text("path", .path),
      .timeout("connect_timeout"), .timeout("write_timeout"), .timeout("read_timeout"),
      .tags,
      FieldSchema("client_certificate", .foreign(.certificates)),
      FieldSchema("tls_verify", .boolean),
      FieldSchema("tls_verify_depth", .integer, .between(0, 64)).defaulting(to: JSONNode(.null)),
      FieldSchema("ca_certificates", .array(.element(.uuid))),
      FieldSchema("enabled", .boolean).required(.of(true)),
    ],
    checks: [
      .mustBeNull("path", when: "protocol", isOneOf: ["tcp", "tls", "udp", "grpc", "grpcs"]),
      .mustBeNull("client_certificate", when: "protocol", isOneOf: ["https", "tls"], negated: true),
      .mustBeNull("tls_verify", when: "protocol", isOneOf: ["https", "tls"], negated: true),
      .mustBeNull("tls_verify_depth", when: "protocol", isOneOf: ["https", "tls"], negated: true),
      .mustBeNull("ca_certificates", when: "protocol", isOneOf: ["https", "tls"], negated: true),
    ])
}
