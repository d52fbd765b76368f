import JSON

/// Brings entities of the formats 1.1 and 2.1 to 3.0.
enum FormatUpgrade {
  /// The versions that can be read.
  static let versions = ["1.1", "2.1", "3.0"]

  /// Marks the paths of a route that look like regular expressions as such: before 3.0 the gateway told by the characters.
  static func upgrade(_ node: JSONNode, _ type: EntityType, from version: String) -> JSONNode {
    guard version != "3.0", type == .routes, let paths = node["paths"]?.array else { return node }
    var route = node
    let upgraded = paths.map { path -> JSONNode in
      guard let text = path.string, !text.hasPrefix("~"), !isPlain(text) else { return path }
      return JSONNode(.string("~" + text), at: path.location)
    }
    route.set("paths", JSONNode(.array(upgraded), at: node["paths"]?.location))
    return route
  }

  private static func isPlain(_ path: String) -> Bool {
    path.utf8.allSatisfy { Rule.isAlphanumeric($0) || [0x2E, 0x2D, 0x5F, 0x7E, 0x2F, 0x25].contains($0) }
  }
}
