/// The address of an Admin API: `http://localhost:8001`, perhaps with a path in front of everything.
struct AdminURL: CustomStringConvertible {
  let isTLS: Bool
  /// The host; an IPv6 address without brackets.
  let host: String
  let port: UInt16
  /// What stands before the paths of the API, without a slash at its end.
  let basePath: String

  /// Reads an address; without a scheme `http` is meant.
  init(_ text: String) throws(CommandFailure) {
    let wrong = CommandFailure("'\(text)' is no address of an Admin API: write it like http://localhost:8001")
    var rest = text[...]
    var scheme = "http"
    if let mark = rest.firstIndex(of: ":"), rest[mark...].hasPrefix("://") {
      scheme = rest[..<mark].lowercased()
      rest = rest[rest.index(mark, offsetBy: 3)...]
    }
    guard scheme == "http" || scheme == "https" else { throw wrong }
    isTLS = scheme == "https"
    var path = ""
    if let slash = rest.firstIndex(of: "/") {
      path = String(rest[slash...])
      rest = rest[..<slash]
    }
    while path.hasSuffix("/") { path.removeLast() }
    basePath = path
    var portText: Substring?
    if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
      host = String(rest[rest.index(after: rest.startIndex)..<close])
      let behind = rest[rest.index(after: close)...]
      guard behind.isEmpty || behind.hasPrefix(":") else { throw wrong }
      portText = behind.isEmpty ? nil : behind.dropFirst()
    } else if let colon = rest.firstIndex(of: ":") {
      host = String(rest[..<colon])
      portText = rest[rest.index(after: colon)...]
    } else {
      host = String(rest)
    }
    guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "@") }) else {
      throw wrong
    }
    guard let portText else {
      port = isTLS ? 443 : 80
      return
    }
    guard let number = UInt16(portText), number > 0 else { throw wrong }
    port = number
  }

  /// The host and port as the `Host` field has them.
  var authority: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return port == (isTLS ? 443 : 80) ? shown : "\(shown):\(port)"
  }

  var description: String { "\(isTLS ? "https" : "http")://\(authority)\(basePath)" }
}
