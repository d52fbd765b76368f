import JSON

/// What translators do with values of a message body. The `unsafe` of raw pointers stays in this file: every one of
/// them is used within the call that fetches it, while whoever gave the value keeps text and reader alive.
extension JSONValue {
  /// Whether the value is a string without a character.
  var isEmptyString: Bool { (unsafe rawString?.count ?? -1) == 0 }

  /// Whether the value is a string with at least one character.
  var isNonEmptyString: Bool { (unsafe rawString?.count ?? 0) > 0 }

  /// Length in bytes of the string between its quotation marks; 0 for another kind.
  var rawStringCount: Int { unsafe rawString?.count ?? 0 }

  /// Appends the inside of the string as it stands, escapes and all; nothing for another kind.
  func appendRawString(to output: inout [UInt8]) {
    if let raw = unsafe rawString { unsafe output.append(contentsOf: raw) }
  }

  /// Appends the value's own text.
  func appendRawText(to output: inout [UInt8]) {
    unsafe output.append(contentsOf: rawText)
  }

  /// The inside of the string as it stands; empty for another kind.
  var rawStringBytes: [UInt8] {
    var bytes: [UInt8] = []
    appendRawString(to: &bytes)
    return bytes
  }

  /// The string decoded; empty for another kind.
  var decodedBytes: [UInt8] {
    var bytes: [UInt8] = []
    appendDecoded(to: &bytes)
    return bytes
  }

  /// Gives the inside of the string as it stands to `body`; nothing for another kind.
  func withRawString<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
    let raw = unsafe rawString ?? UnsafeRawBufferPointer(start: nil, count: 0)
    let span = unsafe Span<UInt8>(_unsafeBytes: raw)
    return body(span)
  }

  /// Gives the value's own text to `body`.
  func withRawText<Result>(_ body: (borrowing Span<UInt8>) -> Result) -> Result {
    let raw = unsafe rawText
    let span = unsafe Span<UInt8>(_unsafeBytes: raw)
    return body(span)
  }

  /// Whether both are strings spelled alike.
  func hasSameSpelling(as other: JSONValue) -> Bool {
    withRawString { left in other.withRawString { right in left.equals(right) } }
  }
}

extension JSONReader {
  /// Reads `text` and gives its value to `body`; `nil` when it is not JSON.
  func read<Result>(_ text: borrowing Span<UInt8>, _ body: (JSONValue) -> Result) -> Result? {
    // The value is used within `body` only, while the span and, through `self`, the reader live.
    unsafe text.withUnsafeBytes { bytes in
      guard let value = try? unsafe parse(bytes) else { return nil }
      return withExtendedLifetime(self) { body(value) }
    }
  }
}
