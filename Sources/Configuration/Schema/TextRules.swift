import JSON

// Rules about the characters of names, tags, methods and header names.
extension Rule {
  /// A tag: printable ASCII except `,` and `/`, or anything beyond ASCII.
  static let tag = Rule.custom { text in
    let good = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x2C && $0 != 0x2F }
    return good
      ? nil : "invalid tag '\(text)': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"
  }

  /// A name that is part of URLs of the Admin API.
  static let uniqueName = Rule.custom { text in
    let good = text.utf8.allSatisfy { $0 >= 0x80 || isAlphanumeric($0) || [0x2E, 0x2D, 0x5F, 0x7E].contains($0) }
    return good
      ? nil : "invalid value '\(text)': the only accepted ascii characters are alphanumerics or ., -, _, and ~"
  }

  /// A method: upper-case letters.
  static let method = Rule.custom([("match", .of("^%u+$"))]) { text in
    text.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? nil : "invalid value: \(text)"
  }

  /// The name of a header that a route may look at.
  static let routeHeaderName = Rule.custom([
    (
      "match_none",
      .of([
        .of(members: [
          ("pattern", .of("^[Hh][Oo][Ss][Tt]$")),
          ("err", .of("cannot contain 'host' header, which must be specified in the 'hosts' attribute")),
        ])
      ])
    )
  ]) { text in
    if text.lowercased() == "host" {
      return "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
    }
    return headerNameFault(text)
  }

  /// The name of a header.
  static let headerName = Rule.custom(text: headerNameFault)

  private static func headerNameFault(_ text: String) -> String? {
    let good = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    return good
      ? nil : "bad header name '\(text)', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
  }

  /// The name of a cookie.
  static let cookieName = Rule.custom { text in
    let good = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F }
    return good ? nil : "bad cookie name '\(text)', allowed characters are A-Z, a-z, 0-9, '_', and '-'"
  }

  /// The prefix by which references name a vault.
  static let vaultPrefix = Rule.custom([("match", .of("^[a-z][a-z%d-]-[a-z%d]+$"))]) { text in
    let bytes = Array(text.utf8)
    let isLower = { (byte: UInt8) in (0x61...0x7A).contains(byte) }
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard let first = bytes.first, let last = bytes.last, isLower(first), isLower(last) || isDigit(last),
      bytes.allSatisfy({ isLower($0) || isDigit($0) || $0 == 0x2D })
    else { return "invalid value: \(text)" }
    return nil
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
