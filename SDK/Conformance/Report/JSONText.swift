import JSON

/// JSON strings for formats that borrow them.
enum JSONText {
  static func quoted(_ text: String) -> String { JSONNode(text).serializedString() }
}
