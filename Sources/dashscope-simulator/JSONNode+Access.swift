import JSON

extension JSONNode {
  /// Why a text is not JSON.
  struct Unreadable: Error {
    /// The reader's words.
    let reason: String
  }

  /// Reads a text that must be one JSON value. The depth is bounded because connections have small stacks.
  static func read(_ text: [UInt8]) throws(Unreadable) -> JSONNode {
    do { return try JSONNode(parsing: text, maximumDepth: 200) } catch { throw Unreadable(reason: "\(error)") }
  }

  /// A string or a number as text.
  var scalarText: String? { string ?? number }

  /// The value unless it is `null`: the service treats a null parameter as one left out.
  var present: JSONNode? {
    // Not `isNull ? nil : self`: that `nil` would be a node.
    if isNull { return Optional.none }
    return self
  }
}
