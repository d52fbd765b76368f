import JSON

extension EntitySchema {
  /// What a route may hold (router flavour `traditional_compatible`).
  static let routes = EntitySchema(
    .routes, endpointKey: "name",
    fields: [
      .id, .createdAt, .updatedAt, .uniqueName(), routeProtocols,
      FieldSchema("https_redirect_status_code", .integer, .oneOf([426, 301, 302, 307, 308])).required(.of(426)),
      FieldSchema("strip_path", .boolean).required(.of(true)),
      FieldSchema("preserve_host", .boolean).required(.of(false)),
      FieldSchema("request_buffering", .boolean).required(.of(true)),
      FieldSchema("response_buffering", .boolean).required(.of(true)),
      .tags,
      FieldSchema("service", .foreign(.services)).parent(),
      FieldSchema("snis", .set(.element(.wildcardServerName))),
      FieldSchema("sources", .set(endpoint)),
      FieldSchema("destinations", .set(endpoint)),
      FieldSchema("methods", .set(.element(.method))),
      FieldSchema("hosts", .array(.element(.routeHost))),
      FieldSchema("paths", .array(.element(.routePath))),
      FieldSchema(
        "headers", .map(key: .element(.routeHeaderName), value: FieldSchema("", .array(.element())).required())),
      FieldSchema("regex_priority", .integer).defaulting(to: .of(0)),
      .text("path_handling", .oneOf(["v0", "v1"])).defaulting(to: .of("v0")),
    ],
    checks: [serverNamesNeedTLS, pathHandling, fieldsFitProtocols])

  /// Protocols that a route may mix, group by group.
  private static let protocolGroups = [
    ["http", "https"], ["tcp", "tls", "udp"], ["tls_passthrough"], ["grpc", "grpcs"],
  ]

  private static var routeProtocols: FieldSchema {
    var field = FieldSchema.protocols(["http", "https"])
    field.rules = [
      .lengthMinimum(1),
      Rule([("mutually_exclusive_subsets", .of(protocolGroups.map { .of($0) }))]) { node, _ in
        let given = (node.array ?? []).compactMap(\.string)
        let touched = protocolGroups.filter { group in group.contains(where: given.contains) }
        guard touched.count > 1 else { return nil }
        let shown = touched.map { "('\($0.joined(separator: "', '"))')" }
        return "these sets are mutually exclusive: \(shown.joined(separator: ", "))"
      },
    ]
    return field
  }

  private static let endpoint = FieldSchema(
    "",
    .record(
      [
        FieldSchema("ip", .string, .addressOrNetwork), FieldSchema("port", .integer, .between(0, 65535)),
      ], [.atLeastOneOf(["ip", "port"])]))

  private static func protocols(of route: JSONNode) -> [String] {
    (route.present("protocols")?.array ?? []).compactMap(\.string)
  }

  /// This flavour of router takes both ways of handling paths.
  private static let pathHandling = EntityCheck(fields: ["path_handling"], form: .customCheck(["path_handling"])) {
    _, _ in
    []
  }

  private static let serverNamesNeedTLS = EntityCheck(
    fields: ["protocols", "snis"],
    form: .of(members: [
      (
        "conditional",
        .of(members: [
          ("if_field", .of("protocols")),
          (
            "if_match",
            .of(members: [
              (
                "elements",
                .of(members: [
                  ("type", .of("string")), ("required", .of(true)), ("len_min", .of(1)),
                  ("not_one_of", .of(["grpcs", "https", "tls", "tls_passthrough"])),
                ])
              )
            ])
          ), ("then_field", .of("snis")), ("then_match", .of(members: [("len_eq", .of(0))])),
          (
            "then_err", .of("'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'")
          ),
        ])
      )
    ])
  ) { route, _ in
    let withTLS = ["grpcs", "https", "tls", "tls_passthrough"]
    guard !(route.present("snis")?.array ?? []).isEmpty,
      !protocols(of: route).contains(where: withTLS.contains)
    else { return [] }
    return [
      .init(nil, "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"),
      .init("snis", "length must be 0"),
    ]
  }

  /// What a route of a group of protocols may hold and what it must hold one of.
  private static let fieldsFitProtocols = EntityCheck(
    fields: ["protocols", "snis", "sources", "destinations", "methods", "hosts", "paths", "headers"],
    form: .customCheck(
      [
        "id", "protocols", "snis", "sources", "destinations", "methods", "hosts", "paths", "headers", "expression",
        "regex_priority", "priority",
      ], runsWithMissingFields: true)
  ) { route, _ in
    let given = protocols(of: route)
    let isSet = { (name: String) in !(route.present(name)?.isEmptyCollection ?? true) }
    var forbidden: [String] = []
    var group = ""
    var needed: (fields: [String], when: String)
    if given.contains(where: ["http", "https"].contains) {
      (forbidden, group) = (["sources", "destinations"], "'http' or 'https'")
      needed =
        given.contains("https")
        ? (["methods", "hosts", "headers", "paths", "snis"], "'https'")
        : (["methods", "hosts", "headers", "paths"], "'http'")
    } else if given.contains(where: ["grpc", "grpcs"].contains) {
      (forbidden, group) = (["methods", "sources", "destinations"], "'grpc' or 'grpcs'")
      needed =
        given.contains("grpcs")
        ? (["hosts", "headers", "paths", "snis"], "'grpcs'") : (["hosts", "headers", "paths"], "'grpc'")
    } else if given.contains("tls_passthrough") {
      (forbidden, group) = (["methods", "hosts", "paths", "headers"], "'tcp', 'tls', 'tls_passthrough' or 'udp'")
      needed = (["snis"], "'tls_passthrough'")
    } else {
      (forbidden, group) = (["methods", "hosts", "paths", "headers"], "'tcp', 'tls', 'tls_passthrough' or 'udp'")
      needed = (["sources", "destinations", "snis"], "'tcp', 'tls' or 'udp'")
    }
    var findings = forbidden.filter(isSet).map { name in
      EntityCheck.Finding(name, "cannot set '\(name)' when 'protocols' is \(group)")
    }
    if group == "'grpc' or 'grpcs'", route.present("strip_path")?.boolean == true {
      findings.append(.init("strip_path", "cannot set 'strip_path' when 'protocols' is \(group)"))
    }
    if !needed.fields.contains(where: isSet) {
      let message =
        needed.fields.count == 1
        ? "must set snis when 'protocols' is \(needed.when)"
        : "must set one of \(needed.fields.map { "'\($0)'" }.joined(separator: ", ")) when 'protocols' is \(needed.when)"
      findings.append(
        .init(nil, message, hint: group.contains(text: "http") ? "for all requests: paths: [/]" : nil))
    }
    return findings
  }
}
