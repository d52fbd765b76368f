import JSON

extension EntitySchema {
  private static let hashInputs = ["none", "consumer", "ip", "header", "cookie", "path", "query_arg", "uri_capture"]

  /// What an upstream may hold.
  static let upstreams = EntitySchema(
    .upstreams, endpointKey: "name",
    fields: [
      .id, .createdAt, .updatedAt, .text("name", .upstreamName).required().unique(),
      .text("algorithm", .oneOf(["consistent-hashing", "least-connections", "round-robin", "latency"]))
        .defaulting(to: .of("round-robin")),
      .text("hash_on", .oneOf(hashInputs)).defaulting(to: .of("none")),
      .text("hash_fallback", .oneOf(hashInputs)).defaulting(to: .of("none")),
      .text("hash_on_header", .headerName), .text("hash_fallback_header", .headerName),
      .text("hash_on_cookie", .cookieName),
      .text("hash_on_cookie_path", .path).defaulting(to: .of("/")),
      .text("hash_on_query_arg"), .text("hash_fallback_query_arg"),
      .text("hash_on_uri_capture"), .text("hash_fallback_uri_capture"),
      FieldSchema("slots", .integer, .between(10, 65536)).defaulting(to: .of(10000)),
      FieldSchema("healthchecks", .record([active, passive, threshold], [])).required(),
      .tags,
      .text("host_header", .host),
      FieldSchema("client_certificate", .foreign(.certificates)),
      FieldSchema("use_srv_name", .boolean).defaulting(to: .of(false)),
    ],
    checks: [
      .mustBeSet("hash_on_header", when: "hash_on", isOneOf: ["header"]),
      .mustBeSet("hash_fallback_header", when: "hash_fallback", isOneOf: ["header"]),
      .mustBeSet("hash_on_cookie", when: "hash_on", isOneOf: ["cookie"]),
      .mustBeSet("hash_on_cookie", when: "hash_fallback", isOneOf: ["cookie"]),
      .mustBeOneOf("hash_fallback", ["none"], when: "hash_on", isOneOf: ["none"]),
      .mustBeOneOf("hash_fallback", ["none"], when: "hash_on", isOneOf: ["cookie"]),
      .mustBeOneOf(
        "hash_fallback", hashInputs.filter { $0 != "consumer" }, when: "hash_on", isOneOf: ["consumer"]),
      .mustBeOneOf("hash_fallback", hashInputs.filter { $0 != "ip" }, when: "hash_on", isOneOf: ["ip"]),
      .mustBeOneOf("hash_fallback", hashInputs.filter { $0 != "path" }, when: "hash_on", isOneOf: ["path"]),
      .mustBeSet("hash_on_query_arg", when: "hash_on", isOneOf: ["query_arg"]),
      .mustBeSet("hash_fallback_query_arg", when: "hash_fallback", isOneOf: ["query_arg"]),
      .mustBeSet("hash_on_uri_capture", when: "hash_on", isOneOf: ["uri_capture"]),
      .mustBeSet("hash_fallback_uri_capture", when: "hash_fallback", isOneOf: ["uri_capture"]),
      .distinct(["hash_on_header", "hash_fallback_header"]),
      .distinct(["hash_on_query_arg", "hash_fallback_query_arg"]),
      .distinct(["hash_on_uri_capture", "hash_fallback_uri_capture"]),
    ])

  /// What a target may hold.
  static let targets = EntitySchema(
    .targets, endpointKey: "target",
    fields: [
      .id, FieldSchema("created_at", .number).automatic(), FieldSchema("updated_at", .number).automatic(),
      FieldSchema("upstream", .foreign(.upstreams)).required().parent(cascading: true),
      .text("target", .target).required(),
      FieldSchema("weight", .integer, .between(0, 65535)).defaulting(to: .of(100)),
      .tags,
    ])

  private static let kinds = ["tcp", "http", "https", "grpc", "grpcs"]

  private static func counter(_ name: String) -> FieldSchema {
    FieldSchema(name, .integer, .between(0, 255)).defaulting(to: .of(0))
  }

  private static func interval(_ name: String) -> FieldSchema {
    FieldSchema(name, .number, .between(0, 65535)).defaulting(to: .of(0))
  }

  private static func statuses(_ values: [Int]) -> FieldSchema {
    FieldSchema("http_statuses", .array(FieldSchema("", .integer, .between(100, 999)))).defaulting(to: .of(values))
  }

  private static let threshold = FieldSchema("threshold", .number, .between(0, 100)).defaulting(to: .of(0))

  private static let active = FieldSchema(
    "active",
    .record(
      [
        .text("type", .oneOf(kinds)).defaulting(to: .of("http")),
        FieldSchema("timeout", .number, .between(0, 65535)).defaulting(to: .of(1)),
        FieldSchema("concurrency", .integer, .between(1, 2_147_483_648)).defaulting(to: .of(10)),
        .text("http_path", .path).defaulting(to: .of("/")),
        .text("https_sni", .serverName),
        FieldSchema("https_verify_certificate", .boolean).required(.of(true)),
        FieldSchema("headers", .map(key: .element(), value: FieldSchema("", .array(FieldSchema("", .string))))),
        FieldSchema(
          "healthy", .record([interval("interval"), statuses([200, 302]), counter("successes")], [])
        ).required(),
        FieldSchema(
          "unhealthy",
          .record(
            [
              interval("interval"), statuses([429, 404, 500, 501, 502, 503, 504, 505]), counter("tcp_failures"),
              counter("timeouts"), counter("http_failures"),
            ], [])
        ).required(),
      ], [])
  ).required()

  private static let passive = FieldSchema(
    "passive",
    .record(
      [
        .text("type", .oneOf(kinds)).defaulting(to: .of("http")),
        FieldSchema(
          "healthy",
          .record([statuses(Array(200...208) + [226] + Array(300...308)), counter("successes")], [])
        ).required(),
        FieldSchema(
          "unhealthy",
          .record(
            [statuses([429, 500, 503]), counter("tcp_failures"), counter("timeouts"), counter("http_failures")], [])
        ).required(),
      ], [])
  ).required()
}
