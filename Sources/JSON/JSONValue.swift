/// A value of a text that a ``JSONReader`` has read: a handle of two words, free to copy.
///
/// It reads from the text and from the reader's tape; ``JSONReader/parse(_:)`` says how long it may be used.
@safe
@frozen
public struct JSONValue {
  /// The kinds of values (RFC 8259 §3).
  @frozen
  public enum Kind: UInt8, Sendable {
    case null, boolean, number, string, array, object
  }

  // Both pointers were made by a reader whose caller promised to keep text and reader alive. Every offset on the tape
  // was checked against the length of the text when it was written.
  @usableFromInline let text: UnsafeRawPointer
  @usableFromInline let entry: UnsafePointer<UInt64>

  @inlinable @inline(__always)
  init(text: UnsafeRawPointer, entry: UnsafePointer<UInt64>) {
    unsafe self.text = unsafe text
    unsafe self.entry = unsafe entry
  }

  /// What the value is.
  @inlinable public var kind: Kind { unsafe Kind(rawValue: JSONTape.kind(entry.pointee)) ?? .null }

  /// Whether the value is `null`.
  @inlinable public var isNull: Bool { kind == .null }

  /// The bytes of the value as its text has them: strings with their quotes, arrays and objects whole.
  @inlinable public var rawText: UnsafeRawBufferPointer {
    let start = unsafe JSONTape.start(entry.pointee)
    return unsafe UnsafeRawBufferPointer(start: text + start, count: JSONTape.end(entry) &- start)
  }

  /// The offset of the value's first byte in its text.
  @inlinable public var offset: Int { unsafe JSONTape.start(entry.pointee) }

  /// `true` or `false`; `nil` for another kind.
  @inlinable public var boolean: Bool? {
    unsafe kind == .boolean ? entry.pointee & JSONTape.flag != 0 : nil
  }

  /// The number, if it is integral (`1.0` and `1e2` are) and fits; `nil` otherwise and for another kind.
  public var integer: Int? {
    guard kind == .number else { return nil }
    let text = unsafe rawText
    if unsafe entry.pointee & JSONTape.flag == 0, text.count <= 18 {
      // At most 18 digits and a sign: nothing can overflow.
      var value = 0
      let isNegative = unsafe text[0] == UInt8(ascii: "-")
      for offset in (isNegative ? 1 : 0)..<text.count {
        value = unsafe value &* 10 &+ Int(text[offset] &- UInt8(ascii: "0"))
      }
      return isNegative ? -value : value
    }
    return unsafe JSONNumber(text).integer()
  }

  /// The double nearest to the number; `nil` when it is too large for one, and for another kind.
  public var double: Double? {
    unsafe kind == .number ? JSONNumber(rawText).double() : nil
  }

  /// The number of elements or members; 0 for another kind.
  public var count: Int {
    guard kind == .array || kind == .object else { return 0 }
    let noted = unsafe JSONTape.extent(entry.pointee)
    if noted < JSONTape.saturated { return Int(truncatingIfNeeded: noted) }
    var count = 0
    if kind == .array {
      for _ in elements { count += 1 }
    } else {
      for _ in members { count += 1 }
    }
    return count
  }
}
