import JSON

/// Copying what was read into what is written.
extension JSONWriter {
  /// Adds the inside of a string that was read to the open string, unchanged.
  mutating func appendRawString(of value: JSONValue) {
    // Used within the call, while whoever gave the value keeps its text alive.
    if let raw = unsafe value.rawString { unsafe appendEscaped(raw) }
  }

  /// Adds bytes that are escaped already to the open string.
  mutating func appendEscaped(_ escaped: [UInt8]) {
    unsafe escaped.withUnsafeBytes { unsafe appendEscaped($0) }
  }

  /// Adds the JSON text of a value to the open string: a value inside a string, as the arguments of a tool call are.
  mutating func appendText(of value: JSONValue) {
    unsafe appendText(value.rawText)
  }

  /// Writes a member that is a string given escaped.
  mutating func member(_ name: StaticString, escaped: [UInt8]) {
    key(name)
    beginString()
    appendEscaped(escaped)
    endString()
  }

  /// Writes a member's name as it was read.
  mutating func key(copying name: JSONValue) {
    if let raw = unsafe name.rawString { unsafe key(escaped: raw) }
  }

  /// Writes the members of an object as they stand, from the one with this name on.
  /// - Parameter first: a name that was read in `object`.
  mutating func members(of object: JSONValue, from first: JSONValue) {
    let text = unsafe object.rawText
    let start = first.offset - object.offset
    guard object.kind == .object, start > 0, start < text.count else { return }
    // Without the brace at the end.
    unsafe members(UnsafeRawBufferPointer(rebasing: text[start..<(text.count - 1)]))
  }

  /// Writes elements as they were written before, with the commas between them, as the first ones of an array.
  mutating func elements(_ text: [UInt8]) {
    unsafe text.withUnsafeBytes { unsafe rawValue($0) }
  }

  /// Writes a value whose JSON text is constant.
  mutating func rawValue(_ text: StaticString) {
    // Safe: a static string lives as long as the process.
    unsafe rawValue(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes a value given as JSON text.
  mutating func rawValue(_ text: String) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { unsafe rawValue($0) }
  }

  /// Writes a string given as UTF-8.
  mutating func string(utf8Bytes bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe string(utf8: $0) }
  }
}
