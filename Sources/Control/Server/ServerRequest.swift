/// A request to the control plane, complete with its body.
struct ServerRequest {
  /// The method as sent.
  var method: String
  /// The path as sent, still percent-encoded, without the query.
  var path: String
  /// The query as sent, without the question mark.
  var query: String?
  /// The fields in the order they came.
  var headers: [(name: String, value: String)] = []
  /// The body, decoded from its transfer coding.
  var body: [UInt8] = []

  /// The values of a field, in the order they came. Names are compared without case.
  func values(of name: String) -> [String] {
    let wanted = name.lowercased()
    return headers.filter { $0.name.lowercased() == wanted }.map(\.value)
  }

  /// The pairs of the query.
  var arguments: [(name: String, value: String?)] {
    PercentCoding.pairs((query ?? "").utf8)
  }

  /// The value of an argument of the query; of several the last one.
  func argument(_ name: String) -> String? {
    arguments.last { $0.name == name }?.value
  }

  /// Whether an argument of the query says yes, in any of the ways that Kong takes for it.
  func isSet(_ name: String) -> Bool {
    ["1", "true", "on", "yes"].contains(argument(name) ?? "")
  }
}
