/// A host, perhaps with a port, as it stands in a configuration: a name, an IPv4 address, or an IPv6 address.
public struct HostText: Hashable, Sendable {
  /// What a host is.
  public enum Kind: Hashable, Sendable {
    /// A name to be looked up.
    case name
    /// An address such as `127.0.0.1`.
    case ipv4
    /// An address such as `::1`; in a ``HostText`` it stands without brackets.
    case ipv6
  }

  /// What the host is.
  public let kind: Kind
  /// The host, without brackets and port.
  public let host: String
  /// The port, when one was given.
  public let port: Int?

  /// Why a text is no host.
  public enum Fault: Error, Hashable, Sendable {
    /// The host is neither a name nor an address.
    case invalidHost
    /// What stands behind the host is no port.
    case invalidPort
  }

  /// Reads `name`, `name:port`, `1.2.3.4`, `1.2.3.4:port`, `::1`, `[::1]` or `[::1]:port`.
  public init(parsing text: String) throws(Fault) {
    let bytes = Array(text.utf8)
    var host = bytes[...]
    var portText: ArraySlice<UInt8>?
    if bytes.first == 0x5B {
      guard let close = bytes.firstIndex(of: 0x5D) else { throw .invalidHost }
      host = bytes[1..<close]
      let rest = bytes[(close + 1)...]
      if !rest.isEmpty {
        guard rest.first == 0x3A else { throw .invalidHost }
        portText = rest.dropFirst()
      }
      guard Self.isIPv6(Array(host)) else { throw .invalidHost }
      kind = .ipv6
    } else if bytes.count(where: { $0 == 0x3A }) > 1 {
      guard Self.isIPv6(bytes) else { throw .invalidHost }
      kind = .ipv6
    } else {
      if let colon = bytes.firstIndex(of: 0x3A) {
        host = bytes[..<colon]
        portText = bytes[(colon + 1)...]
      }
      guard !host.isEmpty else { throw .invalidHost }
      if host.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), host.contains(0x2E) {
        guard Self.isIPv4(Array(host)) else { throw .invalidHost }
        kind = .ipv4
      } else {
        guard host.allSatisfy({ Rule.isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0) }), host.count <= 253 else {
          throw .invalidHost
        }
        kind = .name
      }
    }
    self.host = String(decoding: host, as: UTF8.self)
    if let portText {
      let digits = String(decoding: portText, as: UTF8.self)
      guard portText.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), number <= 65535 else {
        throw .invalidPort
      }
      port = number
    } else {
      port = nil
    }
  }

  /// Whether a text is an IPv4 address in dotted form.
  static func isIPv4(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
          && (Int(String(decoding: part, as: UTF8.self)) ?? 256) <= 255
      }
  }

  /// Whether a text is an IPv6 address (RFC 4291 §2.2), without brackets.
  static func isIPv6(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    var groups = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard groups.count >= 3, groups.count <= 9 else { return false }
    var length = 0
    var gaps = 0
    // A leading or trailing `::` leaves two empty groups; one of them is no gap of its own.
    if groups[0].isEmpty {
      guard groups[1].isEmpty else { return false }
      groups.removeFirst()
    }
    if groups.count > 1, groups[groups.count - 1].isEmpty {
      guard groups[groups.count - 2].isEmpty else { return false }
      groups.removeLast()
    }
    for (index, group) in groups.enumerated() {
      if group.isEmpty {
        gaps += 1
      } else if index == groups.count - 1, group.contains(".") {
        guard isIPv4(Array(group.utf8)) else { return false }
        length += 2
      } else {
        guard group.utf8.count <= 4, group.allSatisfy(\.isHexDigit) else { return false }
        length += 1
      }
    }
    return gaps == 0 ? length == 8 : gaps == 1 && length < 8
  }
}
