extension JSONWriter {
  /// Writes a string.
  public mutating func string(_ text: StaticString) {
    unsafe string(utf8: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes a string.
  @_disfavoredOverload
  public mutating func string(_ text: String) {
    beginString()
    appendText(text)
    endString()
  }

  /// Writes a string given as UTF-8; what is not UTF-8 in it becomes U+FFFD.
  public mutating func string(utf8 text: UnsafeRawBufferPointer) {
    beginString()
    unsafe JSONEscaping.append(text, to: &bytes)
    endString()
  }

  /// Writes a string given as the inside of a JSON string, which is not looked at.
  public mutating func string(escaped text: UnsafeRawBufferPointer) {
    beginString()
    unsafe bytes.append(contentsOf: text)
    endString()
  }

  /// Writes a string that holds JSON text, as the arguments of a tool call do. `jsonText` must be JSON, so that
  /// quotes, backslashes and control characters are all there is to escape. ``JSONValue/appendDecoded(to:)`` reverses it.
  public mutating func stringContaining(jsonText: UnsafeRawBufferPointer) { unsafe string(utf8: jsonText) }

  /// Opens a string that is written in pieces.
  public mutating func beginString() {
    beginValue()
    bytes.append(UInt8(ascii: "\""))
  }

  /// Adds the inside of a JSON string to the open string, unchanged: it must be escaped already.
  public mutating func appendEscaped(_ text: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: text) }

  /// Adds text to the open string. A character must not be split over two pieces: its halves become U+FFFD.
  public mutating func appendText(_ text: UnsafeRawBufferPointer) { unsafe JSONEscaping.append(text, to: &bytes) }

  /// Adds text to the open string.
  public mutating func appendText(_ text: StaticString) {
    unsafe appendText(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Adds text to the open string.
  @_disfavoredOverload
  public mutating func appendText(_ text: String) {
    var text = text
    text.withUTF8 { unsafe appendText(UnsafeRawBufferPointer($0)) }
  }

  /// Closes the string.
  public mutating func endString() {
    bytes.append(UInt8(ascii: "\""))
    endValue()
  }
}
