extension JSONNode {
  /// How deep values may be nested in a node at most: nodes are walked by recursion.
  public static let greatestDepth = 1024

  /// Reads a JSON text (RFC 8259), strictly.
  ///
  /// Every node and member name gets its place. Member names must not repeat. A byte order mark at the start is passed
  /// over; the escape of a surrogate that stands alone becomes U+FFFD.
  ///
  /// - Parameter maximumDepth: how deep values may be nested, at most ``greatestDepth``.
  /// - Throws: what is wrong with the text, and where.
  public init(parsing bytes: [UInt8], maximumDepth: Int = 512) throws(JSONSyntaxError) {
    let reader = JSONReader(maximumDepth: Swift.min(maximumDepth, Self.greatestDepth))
    let result = unsafe bytes.withUnsafeBytes { text -> Result<JSONNode, JSONSyntaxError> in
      withExtendedLifetime(reader) {
        do throws(JSONSyntaxError) {
          let root = try unsafe reader.parse(text)
          var builder = unsafe NodeBuilder(text: text)
          return .success(try builder.node(root))
        } catch {
          return .failure(error)
        }
      }
    }
    self = try result.get()
  }

  /// Reads a JSON text; see ``init(parsing:maximumDepth:)``.
  public init(parsing text: String, maximumDepth: Int = 512) throws(JSONSyntaxError) {
    try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
  }

  /// Reads a JSON text; see ``init(parsing:maximumDepth:)``.
  public static func parse(_ text: String) throws(JSONSyntaxError) -> JSONNode { try JSONNode(parsing: text) }

  /// Reads a JSON text; see ``init(parsing:maximumDepth:)``.
  public static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONNode { try JSONNode(parsing: bytes) }
}

/// Makes nodes of values, in the order of their text.
private struct NodeBuilder {
  private var tracker: SourceLocationTracker

  /// `text` must be what the values were read from, and outlive the builder.
  init(text: UnsafeRawBufferPointer) { tracker = unsafe SourceLocationTracker(text) }

  mutating func node(_ value: JSONValue) throws(JSONSyntaxError) -> JSONNode {
    let location = tracker.location(at: value.offset)
    switch value.kind {
    case .null: return JSONNode(.null, at: location)
    case .boolean: return JSONNode(.boolean(value.boolean ?? false), at: location)
    case .number: return unsafe JSONNode(.number(String(decoding: value.rawText, as: UTF8.self)), at: location)
    case .string: return JSONNode(.string(value.string ?? ""), at: location)
    case .array:
      var elements: [JSONNode] = []
      elements.reserveCapacity(value.count)
      for element in value.elements { elements.append(try node(element)) }
      return JSONNode(.array(elements), at: location)
    case .object:
      return JSONNode(.object(try members(value)), at: location)
    }
  }

  private mutating func members(_ object: JSONValue) throws(JSONSyntaxError) -> [JSONNode.Member] {
    var members: [JSONNode.Member] = []
    members.reserveCapacity(object.count)
    // A few names are compared one by one, many are looked up.
    var places: [ExactName: Int]? = object.count > 16 ? [:] : nil
    for (key, value) in object.members {
      let name = key.string ?? ""
      let location = tracker.location(at: key.offset)
      let earlier: Int?
      if places != nil {
        earlier = places?.updateValue(members.count, forKey: ExactName(name))
      } else {
        earlier = members.firstIndex { $0.name.isSpelledLike(name) }
      }
      if let earlier {
        let first = members[earlier].nameLocation
        throw JSONSyntaxError(
          message: "the member \"\(name)\" stands twice in this object, first in line \(first?.line ?? 0), "
            + "column \(first?.column ?? 0)",
          location: location, offset: key.offset)
      }
      members.append(JSONNode.Member(name: name, nameLocation: location, value: try node(value)))
    }
    return members
  }
}

/// A member's name that equals only what has the same scalars (RFC 8259 §8.3), while Swift's strings also equal
/// those that differ in normalization.
private struct ExactName: Hashable {
  let name: String

  init(_ name: String) { self.name = name }

  static func == (left: ExactName, right: ExactName) -> Bool { left.name.isSpelledLike(right.name) }

  func hash(into hasher: inout Hasher) {
    var name = name
    name.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension String {
  /// Whether both strings have the same scalars.
  func isSpelledLike(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
