/// An error as an upstream words it: what a driver makes a ``Failure`` of.
struct UpstreamError: Equatable, Sendable {
  /// The HTTP status it came with; 200 when it came inside a stream that had begun well.
  var status = 200
  /// The provider's code, such as `invalid_api_key`; empty if there is none.
  var code = ""
  /// The kind, as OpenAI-style bodies give it.
  var type = ""
  /// Text for people.
  var message = ""
}
