/// Questions about names and values of fields, answered without copying them.
public enum FieldValue {
  /// Whether `bytes` are `text`, the case of ASCII letters aside.
  public static func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    var index = 0
    while index < bytes.count {
      // Both hold as many bytes.
      guard unsafe lowercased(bytes[index]) == lowercased(text.utf8Start[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether `bytes` are `other`, the case of ASCII letters aside.
  public static func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == other.count else { return false }
    var index = 0
    while index < bytes.count {
      guard unsafe lowercased(bytes[index]) == lowercased(other[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether the comma-separated list `value` has the element `token`, the case of ASCII letters aside
  /// (RFC 9110 §5.6.1). For lists without quoted texts.
  public static func listContains(_ value: UnsafeRawBufferPointer, _ token: StaticString) -> Bool {
    guard let bytes = unsafe MessageBytes(value) else { return false }
    var elements = ListElements(bytes, ByteRange(from: 0, to: bytes.count))
    while let element = elements.next() {
      if unsafe equalsIgnoringCase(bytes.buffer(element), token) { return true }
    }
    return false
  }

  /// Whether `name` can be a field name: a token (RFC 9110 §5.1).
  public static func isValidName(_ name: UnsafeRawBufferPointer) -> Bool {
    guard let bytes = unsafe MessageBytes(name) else { return false }
    return bytes.end(of: .token, from: 0, to: bytes.count) == bytes.count
  }

  /// Whether `value` can be a field value: no control but the tab, no whitespace at either end (RFC 9110 §5.5).
  /// An empty value is one.
  public static func isValidValue(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let bytes = unsafe MessageBytes(value) else { return true }
    return bytes.endOfFieldValue(from: 0, to: bytes.count) == bytes.count
      && !bytes[0].isOptionalWhitespace && !bytes[bytes.count - 1].isOptionalWhitespace
  }

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}
