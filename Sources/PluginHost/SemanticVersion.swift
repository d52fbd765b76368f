/// Semantic Versioning 2.0.0: what a plugin's version has to be.
enum SemanticVersion {
  /// Whether a text is MAJOR.MINOR.PATCH, with a pre-release behind '-' and build metadata behind '+' where there are any
  /// (semver.org §2, §9, §10).
  static func isValid(_ text: String) -> Bool {
    var rest = Substring(text)
    if let plus = rest.utf8.firstIndex(of: UInt8(ascii: "+")) {
      guard identifiers(rest[rest.utf8.index(after: plus)...]).allSatisfy(isIdentifier) else { return false }
      rest = rest[..<plus]
    }
    if let dash = rest.utf8.firstIndex(of: UInt8(ascii: "-")) {
      let preRelease = identifiers(rest[rest.utf8.index(after: dash)...])
      guard preRelease.allSatisfy({ isIdentifier($0) && !(isDigits($0) && hasLeadingZero($0)) }) else { return false }
      rest = rest[..<dash]
    }
    let core = identifiers(rest)
    return core.count == 3 && core.allSatisfy { isDigits($0) && !hasLeadingZero($0) }
  }

  private static func identifiers(_ text: Substring) -> [Substring] {
    text.split(separator: ".", omittingEmptySubsequences: false)
  }

  private static func isIdentifier(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
      }
  }

  private static func isDigits(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  private static func hasLeadingZero(_ text: Substring) -> Bool { text.utf8.count > 1 && text.utf8.first == 48 }
}
