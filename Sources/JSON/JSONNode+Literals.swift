extension JSONNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// `null`
  public init(nilLiteral: ()) { self.init(.null) }

  /// A boolean.
  public init(booleanLiteral value: Bool) { self.init(.boolean(value)) }

  /// A number.
  public init(integerLiteral value: Int) { self.init(value) }

  /// A number.
  public init(floatLiteral value: Double) { self.init(value) }

  /// A string.
  public init(stringLiteral value: String) { self.init(.string(value)) }

  /// An array.
  public init(arrayLiteral elements: JSONNode...) { self.init(.array(elements)) }

  /// An object; of members that share a name the last one's value stays, in the place of the first.
  public init(dictionaryLiteral members: (String, JSONNode)...) {
    self.init(.object([]))
    for (name, value) in members { set(name, value) }
  }
}

extension JSONNode {
  /// A boolean.
  public init(_ value: Bool) { self.init(.boolean(value)) }

  /// A number.
  public init(_ value: some FixedWidthInteger) { self.init(.number(String(value))) }

  /// A number, with the fewest digits that give it back; whole ones without a fraction. What is not finite, for which JSON
  /// has no number (RFC 8259 §6), becomes `null`.
  public init(_ value: Double) {
    guard value.isFinite else {
      self.init(.null)
      return
    }
    if value.rounded(.towardZero) == value, value.magnitude < 1e15, !(value == 0 && value.sign == .minus) {
      self.init(Int(value))
    } else {
      self.init(.number(value.description))
    }
  }

  /// A string.
  public init(_ value: String) { self.init(.string(value)) }

  /// An array.
  public init(_ elements: [JSONNode]) { self.init(.array(elements)) }
}
