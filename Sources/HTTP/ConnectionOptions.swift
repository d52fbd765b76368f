/// The names that the Connection fields of a message list (RFC 9110 §7.6.1).
enum ConnectionOptions {
  /// Whether a Connection field in `fields` lists `name`, in any case.
  static func list(_ name: UnsafeRawBufferPointer, fields: FieldTable, bytes: UnsafeRawBufferPointer) -> Bool {
    guard var index = fields.first(.connection), let message = unsafe MessageBytes(bytes) else { return false }
    while true {
      var elements = ListElements(message, fields[index].value)
      while let element = elements.next() {
        if unsafe FieldValue.equalsIgnoringCase(message.buffer(element), name) { return true }
      }
      guard let next = fields.index(of: .connection, from: index + 1) else { return false }
      index = next
    }
  }
}
