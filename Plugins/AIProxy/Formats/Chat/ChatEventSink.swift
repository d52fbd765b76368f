import JSON

/// Takes an answer apart as it comes: what a driver's reader finds in an upstream's body, whole or streamed, and what a
/// client format's writer puts into its own words. Readers and writers meet here only, so that any reader serves
/// any writer.
///
/// Text comes as it stands in the upstream's JSON, between its quotation marks and with its escapes, so that what is not
/// changed is copied, not encoded anew. Spans are valid during the call only.
protocol ChatEventSink {
  /// The model that answers, as the upstream names it. May come with every piece.
  mutating func model(_ name: borrowing Span<UInt8>)
  /// A piece of reasoning; never empty.
  mutating func reasoning(_ text: borrowing Span<UInt8>)
  /// A piece of the answer; never empty.
  mutating func text(_ text: borrowing Span<UInt8>)
  /// A piece of a tool call.
  /// - Parameters:
  ///   - position: the call's `index`, if any.
  ///   - identifier: the call's `id`, empty if not in this piece.
  ///   - name: the function's name, empty if not in this piece.
  ///   - arguments: a piece of the JSON text of its arguments, which is itself escaped; may be empty.
  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>)
  /// Why generation stopped. The first one counts.
  mutating func finish(_ reason: FinishReason)
  /// The tokens used so far. The last one counts.
  mutating func usage(_ usage: Usage)
  /// What the server found on the web: an array of objects with `title` and `url`. May come more than once.
  mutating func searchResults(_ results: JSONValue)
}

extension ChatEventSink {
  /// Most formats have no place for it.
  mutating func searchResults(_ results: JSONValue) {}
}
