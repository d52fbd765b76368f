import JSON

// Rules about hosts, addresses and targets.
extension Rule {
  /// A host without a port.
  static let host = Rule.custom { text in
    switch Result(catching: { () throws(HostText.Fault) in try HostText(parsing: text) }) {
    case .failure(.invalidHost): "invalid value: \(text)"
    case .failure(.invalidPort): "must not have a port"
    case .success(let host): host.port == nil ? nil : "must not have a port"
    }
  }

  /// A host of a route: perhaps with a wildcard label at one end, perhaps with a port.
  static let routeHost = Rule.custom([
    (
      "match_all",
      .of([
        .of(members: [
          ("pattern", .of("^[^*]*%*?[^*]*$")), ("err", .of("invalid wildcard: must have at most one wildcard")),
        ])
      ])
    ),
    (
      "match_any",
      .of(members: [
        ("err", .of("invalid wildcard: must be placed at leftmost or rightmost label")),
        ("patterns", .of(["^%*%.", "%.%*$", "^[^*]*$"])),
      ])
    ),
  ]) { text in
    let stars = text.utf8.count { $0 == 0x2A }
    if stars > 1 { return "invalid wildcard: must have at most one wildcard" }
    var plain = text
    if stars == 1 {
      // A port may stand behind the wildcard: `example.*:8000`.
      let name = text.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? text
      guard text.hasPrefix("*.") || name.hasSuffix(".*") else {
        return "invalid wildcard: must be placed at leftmost or rightmost label"
      }
      plain = String(text.map { $0 == "*" ? "w" : $0 })
    }
    switch Result(catching: { () throws(HostText.Fault) in try HostText(parsing: plain) }) {
    case .failure(.invalidHost): return "invalid hostname: \(text)"
    case .failure(.invalidPort): return "invalid port number"
    case .success: return nil
    }
  }

  /// The name of a server in TLS, perhaps with a wildcard at one end.
  static let wildcardServerName = Rule.custom { text in
    let stars = text.utf8.count { $0 == 0x2A }
    if stars > 1 { return "only one wildcard must be specified" }
    var plain = text
    if stars == 1 {
      guard text.hasPrefix("*.") || text.hasSuffix(".*") else {
        return "wildcard must be leftmost or rightmost character"
      }
      plain = String(text.map { $0 == "*" ? "w" : $0 })
    }
    return serverNameFault(plain, shown: text)
  }

  /// The name of a server in TLS.
  static let serverName = Rule.custom { text in serverNameFault(text, shown: text) }

  private static func serverNameFault(_ text: String, shown: String) -> String? {
    switch Result(catching: { () throws(HostText.Fault) in try HostText(parsing: text) }) {
    case .failure(.invalidHost): return "invalid value: \(shown)"
    case .failure(.invalidPort): return "must not have a port"
    case .success(let host):
      if host.kind != .name { return "must not be an IP" }
      return host.port == nil ? nil : "must not have a port"
    }
  }

  /// The name of an upstream: a name without a port.
  static let upstreamName = Rule.custom { text in
    guard let host = try? HostText(parsing: text) else {
      return "Invalid name ('\(text)'); must be a valid hostname"
    }
    if host.kind != .name { return "Invalid name ('\(text)'); no ip addresses allowed" }
    return host.port == nil ? nil : "Invalid name ('\(text)'); no port allowed"
  }

  /// An address of a target, perhaps with a port.
  static let target = Rule { node, options in
    guard let text = node.string, (try? HostText(parsing: text)) == nil else { return nil }
    // The Admin API leaves the value out.
    let quoted = options.surface == .adminAPI ? "" : " ('\(text)')"
    return "Invalid target\(quoted); not a valid hostname or ip address"
  }

  /// An address or a network: `10.0.0.0/8`.
  static let addressOrNetwork = Rule.custom { text in
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = parts.first, let host = try? HostText(parsing: String(address)), host.kind != .name,
      host.port == nil
    else { return "invalid ip or cidr range: '\(text)'" }
    if parts.count == 2 {
      guard let bits = Int(parts[1]), bits >= 0, bits <= (host.kind == .ipv4 ? 32 : 128) else {
        return "invalid ip or cidr range: '\(text)'"
      }
    }
    return nil
  }
}
