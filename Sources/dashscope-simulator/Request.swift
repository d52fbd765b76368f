/// A request as it was received.
struct Request: Sendable {
  /// The method, as spelled.
  var method: String
  /// The target, as spelled: path and query.
  var target: String
  /// The header fields in order, names as spelled.
  var headers: [(name: String, value: String)]
  /// The body, without transfer coding.
  var body: [UInt8] = []
  /// Whether the client asked to close the connection after the answer.
  var closes = false

  /// The target without its query.
  var path: Substring {
    target.prefix { $0 != "?" }
  }

  /// The first value of a field. `name` is in lower case.
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }

  /// All values of a field. `name` is in lower case.
  func headers(named name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }
}
