import JSON

/// Ways of writing that stand for several fields.
enum Shorthand {
  /// Replaces the `url` of a service by protocol, host, port and path.
  static func expand(
    _ node: JSONNode, as type: EntityType, path: ConfigurationPath, errors: inout [ConfigurationError]
  ) -> JSONNode {
    guard type == .services, let member = node.member(named: "url") else { return node }
    var service = node
    service.remove("url")
    if member.value.isNull { return service }
    guard let text = member.value.string else {
      errors.append(.init("expected a string", at: path.appending("url"), location: member.value.location))
      return service
    }
    let url = split(text)
    var fields: [(String, JSONNode)] = [("protocol", .of(url.scheme)), ("host", .of(url.host))]
    if url.host.isEmpty {
      errors.append(
        .init(
          "missing host in url", at: path.appending("url"), location: member.value.location,
          hint: "write it like http://example.com:80/path"))
      fields = [("protocol", .of(url.scheme)), ("host", .of("invalid"))]
    }
    switch url.port {
    case .some(let port): fields.append(("port", port))
    case .none: fields.append(("port", .of(["https", "tls", "grpcs"].contains(url.scheme) ? 443 : 80)))
    }
    fields.append(("path", url.path.map { .of($0) } ?? JSONNode(.null)))
    for (name, value) in fields {
      service.set(name, JSONNode(value.content, at: member.value.location))
    }
    return service
  }

  /// The parts of a URL; query and fragment are left out.
  private static func split(_ url: String) -> (scheme: String, host: String, port: JSONNode?, path: String?) {
    var rest = url[...]
    var scheme: String?
    if let mark = rest.range(ofText: "://") {
      scheme = rest[..<mark.lowerBound].lowercased()
      rest = rest[mark.upperBound...]
    }
    if let end = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
    var path: String?
    if let slash = rest.firstIndex(of: "/") {
      path = String(rest[slash...])
      rest = rest[..<slash]
    }
    if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
    var host = String(rest)
    var port: JSONNode?
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
      host = String(rest[..<colon])
      let digits = String(rest[rest.index(after: colon)...])
      port = Int(digits).map { .of($0) } ?? .of(digits)
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return (scheme ?? (port?.integer == 443 ? "https" : "http"), host, port, path)
  }
}
