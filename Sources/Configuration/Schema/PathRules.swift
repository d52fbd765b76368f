import JSON

// Rules about paths.
extension Rule {
  private static let noEmptySegments: [(String, JSONNode)] = [
    ("match_none", .of([.of(members: [("pattern", .of("//")), ("err", .of("must not have empty segments"))])]))
  ]

  /// A path of a service: starts with a slash, without empty segments.
  static let path = Rule.custom([("starts_with", .of("/"))] + noEmptySegments) { text in
    if !text.hasPrefix("/") { return "should start with: /" }
    if containsEmptySegment(text) { return "must not have empty segments" }
    return percentEncodingFault(text)
  }

  /// A path of a route: a plain prefix in normal form, or `~` and a regular expression.
  static let routePath = Rule(
    [
      (
        "match_any",
        .of(members: [
          ("err", .of("should start with: / (fixed path) or ~/ (regex path)")), ("patterns", .of(["^/", "^~/"])),
        ])
      )
    ] + noEmptySegments
  ) { node, options in
    guard let text = node.string else { return nil }
    let isRegularExpression = text.hasPrefix("~/")
    guard isRegularExpression || text.hasPrefix("/") else {
      return "should start with: / (fixed path) or ~/ (regex path)"
    }
    if containsEmptySegment(text) { return "must not have empty segments" }
    if isRegularExpression {
      let pattern = String(text.dropFirst())
      guard let fault = options.regularExpressionFault?(pattern) else { return nil }
      return "invalid regex: '\(pattern)' (\(fault))"
    }
    if let fault = percentEncodingFault(text) { return fault }
    guard let normal = PathText.normalized(text), normal != text else { return nil }
    return "non-normalized path, consider use '\(normal)' instead"
  }

  private static func containsEmptySegment(_ text: String) -> Bool {
    zip(text.utf8, text.utf8.dropFirst()).contains { $0 == 0x2F && $1 == 0x2F }
  }

  private static func percentEncodingFault(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25 {
        let end = min(index + 3, bytes.count)
        let digits = bytes[(index + 1)..<end]
        guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
          return "invalid url-encoded value: '\(String(decoding: bytes[index..<end], as: UTF8.self))'"
        }
        index = end
      } else {
        index += 1
      }
    }
    return nil
  }
}
