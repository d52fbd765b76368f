import JSON

/// JSON that lies in a string, as the arguments of a tool call do.
enum JSONText {
  /// The object in a string, or `{}` when there is none. Text that was cut off is mended.
  static func object(_ value: JSONValue?) -> [UInt8] {
    guard let value else { return Array("{}".utf8) }
    if value.kind == .object {
      var bytes: [UInt8] = []
      value.appendRawText(to: &bytes)
      return bytes
    }
    // A reader of its own: the one that `value` came from still holds its text.
    return ToolArguments.object(fromEscaped: value.rawStringBytes, json: JSONReader()) ?? Array("{}".utf8)
  }
}

extension JSONWriter {
  /// Writes a value given as JSON text.
  mutating func rawValue(_ text: [UInt8]) {
    unsafe text.withUnsafeBytes { unsafe rawValue($0) }
  }
}
