import JSON

/// What a request asked of the model, in the words of OpenTelemetry's conventions: read from the body as it goes upstream, whatever
/// that speaks.
enum GenAIRequestAttributes {
  /// Attributes and what providers call them: chat completions, Anthropic's messages, and Gemini's `generationConfig`.
  private static let names: [(attribute: StaticString, members: [StaticString])] = [
    ("gen_ai.request.max_tokens", ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"]),
    ("gen_ai.request.temperature", ["temperature"]),
    ("gen_ai.request.top_p", ["top_p", "topP"]),
    ("gen_ai.request.top_k", ["top_k", "topK"]),
    ("gen_ai.request.seed", ["seed"]),
    ("gen_ai.request.presence_penalty", ["presence_penalty", "presencePenalty"]),
    ("gen_ai.request.frequency_penalty", ["frequency_penalty", "frequencyPenalty"]),
    ("gen_ai.request.choice.count", ["n", "candidateCount"]),
  ]

  private static let stopNames: [StaticString] = ["stop", "stop_sequences", "stopSequences"]

  /// The attributes, each with its value's JSON. Only what the body says is said.
  static func read(_ body: borrowing Span<UInt8>, json: JSONReader) -> [(attribute: StaticString, value: String)] {
    json.read(body) { root in root.kind == .object ? read(root) : [] } ?? []
  }

  private static func read(_ root: JSONValue) -> [(attribute: StaticString, value: String)] {
    let generation = root["generationConfig"]
    let settings = generation.flatMap { $0.kind == .object ? $0 : nil } ?? root
    var result: [(attribute: StaticString, value: String)] = []
    for (attribute, members) in names {
      guard let value = members.lazy.compactMap({ settings[$0] }).first(where: { $0.kind == .number }) else { continue }
      let text = text(of: value)
      // Said only where it is another than what goes without saying.
      if members.count == 2, text == "1", attribute.description == "gen_ai.request.choice.count" { continue }
      result.append((attribute, text))
    }
    if let stop = stopNames.lazy.compactMap({ settings[$0] }).first(where: { $0.kind == .array || $0.kind == .string })
    {
      result.append(("gen_ai.request.stop_sequences", stop.kind == .array ? text(of: stop) : "[\(text(of: stop))]"))
    }
    let isJSON =
      settings["responseMimeType"]?.equals("application/json") ?? root["response_format"]?["type"].map {
        !$0.equals("text")
      } ?? false
    if isJSON { result.append(("gen_ai.output.type", "\"json\"")) }
    return result
  }

  private static func text(of value: JSONValue) -> String {
    value.withRawText { text in
      var bytes: [UInt8] = []
      bytes.append(text)
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
