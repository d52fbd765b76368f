import JSON
import Testing

@testable import AIProxy

/// A stream that says `text` in these pieces, reasoning inline if that is looked for.
private func inline(_ pieces: [String], finds: Bool = true, shows: Bool = true) -> [String] {
  var translator = AnswerTranslator(
    writer: AnthropicStreamWriter(answer { $0.showsThinking = shows }), json: JSONReader(),
    options: .init(findsInlineThinking: finds), classify: { DashScope().classify($0) })
  translator.receive(frames(pieces.map { text($0) } + [stop, usageChunk, done]).span)
  translator.finish(isComplete: true)
  return gathered(transcript(String(decoding: translator.output, as: UTF8.self)))
}

/// A transcript in which all deltas of a block are one, without its frame.
private func gathered(_ transcript: [String]) -> [String] {
  var result: [String] = []
  for event in transcript where event.hasPrefix("cs") || event.hasPrefix("cd") {
    if event.hasPrefix("cs") {
      result.append(String(event.drop { $0 != " " }.dropFirst()) + ":")
    } else if let colon = event.firstIndex(of: ":"), !result.isEmpty {
      result[result.count - 1] += event[event.index(after: colon)...]
    }
  }
  return result
}

/// Pieces of text, and the blocks that they become.
private let inlineCases: [(states: String, pieces: [String], blocks: [String])] = [
  ("thinking, then text", ["<think>hm</think>a"], ["thinking:hm", "text:a"]),
  (
    "white space around the tags is not said", [#"\n "#, #"<think>\nhm\n</think>\n\na\n"#],
    ["thinking:\nhm\n", "text:a\n"]
  ),
  ("a tag in pieces", ["<", "th", "ink", ">h", "m<", "/think", ">", "a"], ["thinking:hm", "text:a"]),
  ("escaped brackets", [#"\u003cthink\u003eh<\/think>a"#], ["thinking:h", "text:a"]),
  ("no end: all is thinking", ["<think>h", "m"], ["thinking:hm"]),
  ("an end cut off is thinking", ["<think>hm</thi"], ["thinking:hm</thi"]),
  ("an end without a beginning is text", ["hm</think>a"], ["text:hm</think>a"]),
  (
    "prose about tags is text", ["The tag <think> begins, </think> ends."],
    ["text:The tag <think> begins, </think> ends."]
  ),
  ("a second pair is text", ["<think>h</think>a <think>b</think>"], ["thinking:h", "text:a <think>b</think>"]),
  ("another tag is text", ["<th", "ing>a"], ["text:<thing>a"]),
  ("a beginning cut off is text", ["<thi"], ["text:<thi"]),
  ("brackets within thinking", ["<think>a<b</c></think>d"], ["thinking:a<b</c>", "text:d"]),
  ("nothing thought", ["<think>", "</think>", "a"], ["text:a"]),
  ("half a pair of surrogates", [#"<think>\ud83d"#, #"\ude00</think>a"#], ["thinking:😀", "text:a"]),
]

@Suite("Cases of streams")
struct StreamCaseTests {
  @Test("137: reasoning within the text is found, if so configured", arguments: inlineCases)
  func inlineThinking(_ given: (states: String, pieces: [String], blocks: [String])) throws {
    #expect(inline(given.pieces) == given.blocks, "\(given.states)")
    let whole = given.pieces.joined()
    // Not where escapes would be cut: they never are.
    if !whole.contains("\\") {
      #expect(inline(whole.map(String.init)) == given.blocks, "\(given.states), character by character")
    }
    #expect(inline(given.pieces, shows: false) == given.blocks.filter { $0.hasPrefix("text") })
    let plain = try JSONNode.parse("\"\(whole)\"").string ?? ""
    #expect(inline(given.pieces, finds: false) == ["text:\(plain)"], "without the option nothing is changed")
    let body = #"{"choices":[{"message":{"content":"\#(whole)"},"finish_reason":"stop"}]}"#
    var translator = AnswerTranslator(
      writer: AnthropicMessageWriter(answer(), json: JSONReader()), json: JSONReader(),
      options: .init(findsInlineThinking: true), classify: { DashScope().classify($0) })
    translator.receive(Array(body.utf8).span)
    translator.finish(isComplete: true)
    let content = try JSONNode(parsing: translator.output)["content"]?.array ?? []
    let blocks = content.map { "\($0["type"]?.string ?? ""):\($0["thinking"]?.string ?? $0["text"]?.string ?? "")" }
    #expect(blocks == given.blocks)
  }

  @Test("123, 124: an event in a great many pieces takes time in proportion", .timeLimit(.minutes(1)))
  func manyPieces() {
    // Were the buffer moved for every piece, this would copy a hundred gigabytes.
    let large = String(repeating: "x", count: 400_000)
    let bytes = frames([toolStart(0, "c1", "A", #"{\"a\":\"\#(large)\"}"#), toolStop, done])
    var translator = AnswerTranslator(
      writer: AnthropicStreamWriter(answer()), json: JSONReader(), classify: { DashScope().classify($0) })
    for index in bytes.indices { translator.receive(bytes.span.extracting(index..<index + 1)) }
    translator.finish(isComplete: true)
    #expect(String(decoding: translator.output, as: UTF8.self) == stream(pieces: [bytes]).output)
  }

  @Test("132: what is held does not grow with what went by")
  func boundedMemory() {
    var translator = AnswerTranslator(
      writer: AnthropicStreamWriter(answer()), json: JSONReader(), classify: { DashScope().classify($0) })
    let piece = frames([text(String(repeating: "y", count: 1000))])
    var most = 0
    for _ in 0..<2000 {
      translator.receive(piece.span)
      most = max(most, translator.output.count)
      translator.removeOutput()
    }
    // Each piece is given out before the next is taken, so that back-pressure reaches the upstream.
    #expect(most < 4000)
  }

  @Test("149: answers that are translated in turns do not mix")
  func inTurns() throws {
    let json = JSONReader()
    var translators = (0..<200).map { number in
      AnswerTranslator(
        writer: AnthropicStreamWriter(answer { $0.messageIdentifier = "msg_\(number)" }), json: json,
        classify: { DashScope().classify($0) })
    }
    var bodies = (0..<200).map { number in
      frames([
        roleChunk, text("text \(number)"), toolStart(0, "call_\(number)", "A", #"{\"n\":"#), toolMore(0, "\(number)}"),
        toolStop,
        usageChunk.replacing(#""completion_tokens":5"#, with: #""completion_tokens":\#(number)"#), done,
      ])[...]
    }
    // Pieces of uneven lengths, in turns.
    var step = 0
    while bodies.contains(where: { !$0.isEmpty }) {
      for index in bodies.indices where !bodies[index].isEmpty {
        step += 1
        let piece = Array(bodies[index].prefix(1 + step * 7 % 61))
        bodies[index] = bodies[index].dropFirst(piece.count)
        translators[index].receive(piece.span)
      }
    }
    for (number, translator) in translators.enumerated() {
      let output = String(decoding: translator.output, as: UTF8.self)
      #expect(output.contains("\"id\":\"msg_\(number)\""))
      #expect(
        transcript(output) == [
          "ms", "ping", "cs0 text", "cd0 text:text \(number)", "cx0", "cs1 tool_use call_\(number) A",
          #"cd1 input_json:{"n":"#,
          "cd1 input_json:\(number)}", "cx1", "md tool_use 10/\(number)", "mx",
        ])
    }
  }
}
