/// Appends JSON (RFC 8259) to a buffer of bytes. It places commas and colons; the caller balances begin and end.
///
/// Nothing is allocated while the buffer's capacity suffices. `bytes` may be taken, and text put before or between
/// top-level values, such as the frame of a server-sent event.
public struct JSONWriter {
  /// What was written.
  public var bytes: [UInt8]
  /// How many arrays and objects are open.
  public private(set) var depth = 0
  /// Whether a value stands before the next one in the same container.
  private var needsComma = false

  /// Makes a writer whose buffer holds `capacity` bytes before it grows.
  public init(reservingCapacity capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Forgets what was written, and what was open.
  public mutating func removeAll(keepingCapacity: Bool = true) {
    bytes.removeAll(keepingCapacity: keepingCapacity)
    depth = 0
    needsComma = false
  }

  /// Opens an object: members follow, each a key and a value.
  public mutating func beginObject() { begin(UInt8(ascii: "{")) }

  /// Closes the object.
  public mutating func endObject() { end(UInt8(ascii: "}")) }

  /// Opens an array: elements follow.
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }

  /// Closes the array.
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes a member's name, in which nothing needs an escape; its value must follow.
  public mutating func key(_ name: StaticString) {
    let name = unsafe UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
    assert(
      unsafe name.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") },
      "a name that needs escapes is for key(utf8:)")
    unsafe key(escaped: name)
  }

  /// Writes a member's name; its value must follow.
  public mutating func key(string name: String) {
    var name = name
    name.withUTF8 { unsafe key(utf8: UnsafeRawBufferPointer($0)) }
  }

  /// Writes a member's name given as UTF-8; its value must follow.
  public mutating func key(utf8 name: UnsafeRawBufferPointer) {
    beginString()
    unsafe JSONEscaping.append(name, to: &bytes)
    endKey()
  }

  /// Writes a member's name given as the inside of a JSON string, which is not looked at; its value must follow.
  public mutating func key(escaped name: UnsafeRawBufferPointer) {
    beginString()
    unsafe bytes.append(contentsOf: name)
    endKey()
  }

  /// Writes members as they stand, with the commas between them but none around them, such as `"type":"text"`.
  /// They are not looked at.
  public mutating func members(_ text: StaticString) {
    unsafe members(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes members as they stand in another text; as ``members(_:)-(StaticString)``.
  public mutating func members(_ text: UnsafeRawBufferPointer) {
    beginValue()
    unsafe bytes.append(contentsOf: text)
    needsComma = true
  }

  /// Writes a value as its source text, which is not looked at: it must be JSON.
  public mutating func rawValue(_ text: UnsafeRawBufferPointer) {
    beginValue()
    unsafe bytes.append(contentsOf: text)
    endValue()
  }

  /// Copies a value that was read, unchanged to the byte.
  public mutating func value(_ value: JSONValue) { unsafe rawValue(value.rawText) }

  /// Writes `true` or `false`.
  public mutating func boolean(_ value: Bool) { word(value ? "true" : "false") }

  /// Writes `null`.
  public mutating func null() { word("null") }

  private mutating func word(_ text: StaticString) {
    unsafe rawValue(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Goes before each value: writes the comma.
  @inline(__always)
  mutating func beginValue() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  /// Goes after each value.
  @inline(__always)
  mutating func endValue() { needsComma = depth > 0 }

  @inline(__always)
  private mutating func begin(_ bracket: UInt8) {
    beginValue()
    bytes.append(bracket)
    depth += 1
    needsComma = false
  }

  @inline(__always)
  private mutating func end(_ bracket: UInt8) {
    assert(depth > 0, "nothing is open")
    bytes.append(bracket)
    if depth > 0 { depth -= 1 }
    endValue()
  }

  @inline(__always)
  private mutating func endKey() {
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }
}
