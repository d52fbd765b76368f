import JSON

@testable import AIProxy

/// What a model says in the matrix of formats and drivers, told in each dialect: the same story every time.
enum MatrixStory: String, CaseIterable, Sendable {
  /// A thought, two pieces of text, usage.
  case text
  /// One call of a tool with arguments in two pieces.
  case tool
  /// Text that is cut off by the limit.
  case cut
}

/// What a client should understand of a story, whatever its format.
struct MatrixAnswer: Equatable, CustomStringConvertible {
  var text = ""
  /// `name(arguments)` of each call.
  var calls: [String] = []
  /// `stop`, `length` or `tool`.
  var finish = ""
  /// Prompt tokens, cached ones included, and completion tokens; `nil` when the format or the client's wish has none.
  var usage: [Int]?

  var description: String { "\(text) \(calls) \(finish) \(usage.map { "\($0)" } ?? "-")" }

  /// - Parameter hasCalls: whether the format can tell of calls.
  static func expected(_ story: MatrixStory, hasCalls: Bool, hasUsage: Bool) -> MatrixAnswer {
    let usage = hasUsage ? [10, 5] : nil
    switch story {
    case .text: return MatrixAnswer(text: "Hello w\u{F6}rld", finish: "stop", usage: usage)
    case .cut: return MatrixAnswer(text: "Hello", finish: "length", usage: usage)
    case .tool:
      return MatrixAnswer(
        calls: hasCalls ? [#"get_weather({"city":"Paris"})"#] : [], finish: hasCalls ? "tool" : "stop", usage: usage)
    }
  }
}

/// What upstreams send.
enum MatrixUpstream {
  /// The body, and for streams its frames.
  static func body(_ dialect: MatrixDialect, _ story: MatrixStory, isStream: Bool) -> String {
    switch dialect {
    case .chat: isStream ? frames(chatStream(story) + ["[DONE]"]) : chatMessage(story)
    case .anthropic: isStream ? named(anthropicStream(story)) : anthropicMessage(story)
    case .gemini: isStream ? frames(geminiStream(story)) : geminiMessage(story)
    case .completions: isStream ? frames(completionStream(story) + ["[DONE]"]) : completionMessage(story)
    case .responses: isStream ? named(responsesStream(story)) : responsesMessage(story)
    }
  }

  private static func frames(_ events: [String]) -> String { events.map { "data: \($0)\n\n" }.joined() }

  /// Frames with an `event` line, as Anthropic and OpenAI's responses have them.
  private static func named(_ events: [String]) -> String {
    events.map { event in
      let type = (try? JSONNode.parse(event))?["type"]?.string ?? "?"
      return "event: \(type)\ndata: \(event)\n\n"
    }.joined()
  }

  // MARK: Chat completions

  private static let chatUsage =
    #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4}}"#

  private static func chatChunk(_ delta: String, _ finish: String = "null") -> String {
    #"{"id":"c","object":"chat.completion.chunk","model":"up","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"#
  }

  private static func chatStream(_ story: MatrixStory) -> [String] {
    let usage = #"{"id":"c","model":"up","choices":[],"usage":\#(chatUsage)}"#
    switch story {
    case .text:
      return [
        chatChunk(#"{"role":"assistant","content":""}"#), chatChunk(#"{"reasoning_content":"Hm"}"#),
        chatChunk(#"{"content":"Hello "}"#), chatChunk(#"{"content":"w\u00f6rld"}"#), chatChunk("{}", #""stop""#),
        usage,
      ]
    case .cut: return [chatChunk(#"{"content":"Hello"}"#), chatChunk("{}", #""length""#), usage]
    case .tool:
      return [
        chatChunk(
          #"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}"#
        ),
        chatChunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}"#),
        chatChunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]}"#),
        chatChunk("{}", #""tool_calls""#), usage,
      ]
    }
  }

  private static func chatMessage(_ story: MatrixStory) -> String {
    let (message, finish) =
      switch story {
      case .text: (#"{"role":"assistant","reasoning_content":"Hm","content":"Hello w\u00f6rld"}"#, "stop")
      case .cut: (#"{"role":"assistant","content":"Hello"}"#, "length")
      case .tool:
        (
          #"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]}"#,
          "tool_calls"
        )
      }
    return
      #"{"id":"c","object":"chat.completion","model":"up","choices":[{"index":0,"message":\#(message),"finish_reason":"\#(finish)"}],"usage":\#(chatUsage)}"#
  }

  // MARK: Anthropic

  private static func anthropicStream(_ story: MatrixStory) -> [String] {
    let start =
      #"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":6,"cache_read_input_tokens":4,"output_tokens":1}}}"#
    func delta(_ reason: String) -> [String] {
      [
        #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{"output_tokens":5}}"#,
        #"{"type":"message_stop"}"#,
      ]
    }
    func stop(_ index: Int) -> String { #"{"type":"content_block_stop","index":\#(index)}"# }
    func text(_ index: Int, _ text: String) -> String {
      #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"text_delta","text":"\#(text)"}}"#
    }
    let ping = #"{"type":"ping"}"#
    switch story {
    case .text:
      return [
        start, ping,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#, stop(0),
        #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#, text(1, "Hello "),
        text(1, #"w\u00f6rld"#), stop(1),
      ] + delta("end_turn")
    case .cut:
      return [
        start, #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#, text(0, "Hello"),
        stop(0),
      ] + delta("max_tokens")
    case .tool:
      return [
        start,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"Paris\"}"}}"#,
        stop(0),
      ] + delta("tool_use")
    }
  }

  private static func anthropicMessage(_ story: MatrixStory) -> String {
    let (content, reason) =
      switch story {
      case .text:
        (
          #"[{"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"Hello w\u00f6rld"}]"#,
          "end_turn"
        )
      case .cut: (#"[{"type":"text","text":"Hello"}]"#, "max_tokens")
      case .tool: (#"[{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city":"Paris"}}]"#, "tool_use")
      }
    return
      #"{"id":"m","type":"message","role":"assistant","model":"up","content":\#(content),"stop_reason":"\#(reason)","stop_sequence":null,"usage":{"input_tokens":6,"cache_read_input_tokens":4,"output_tokens":5}}"#
  }

  // MARK: Gemini

  private static let geminiUsage =
    #""usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":3,"thoughtsTokenCount":2,"cachedContentTokenCount":4,"totalTokenCount":15},"modelVersion":"up""#

  private static func gemini(_ parts: String, _ finish: String? = nil) -> String {
    let reason = finish.map { #","finishReason":"\#($0)""# } ?? ""
    return #"{"candidates":[{"content":{"role":"model","parts":[\#(parts)]}\#(reason),"index":0}],\#(geminiUsage)}"#
  }

  private static let geminiCall = #"{"functionCall":{"name":"get_weather","args":{"city":"Paris"}}}"#

  private static func geminiStream(_ story: MatrixStory) -> [String] {
    switch story {
    case .text:
      [
        gemini(#"{"text":"Hm","thought":true}"#), gemini(#"{"text":"Hello "}"#),
        gemini(#"{"text":"w\u00f6rld"}"#, "STOP"),
      ]
    case .cut: [gemini(#"{"text":"Hello"}"#, "MAX_TOKENS")]
    case .tool: [gemini(geminiCall, "STOP")]
    }
  }

  private static func geminiMessage(_ story: MatrixStory) -> String {
    switch story {
    case .text: gemini(#"{"text":"Hm","thought":true},{"text":"Hello w\u00f6rld"}"#, "STOP")
    case .cut: gemini(#"{"text":"Hello"}"#, "MAX_TOKENS")
    case .tool: gemini(geminiCall, "STOP")
    }
  }

  // MARK: Completions and responses, by those who have them

  private static func completionText(_ story: MatrixStory) -> (String, String) {
    switch story {
    case .text: (#"Hello w\u00f6rld"#, "stop")
    case .cut: ("Hello", "length")
    case .tool: ("", "stop")
    }
  }

  private static func completionMessage(_ story: MatrixStory) -> String {
    let (text, finish) = completionText(story)
    return
      #"{"id":"c","object":"text_completion","model":"up","choices":[{"text":"\#(text)","index":0,"finish_reason":"\#(finish)"}],"usage":\#(chatUsage)}"#
  }

  private static func completionStream(_ story: MatrixStory) -> [String] {
    let (text, finish) = completionText(story)
    return [
      #"{"id":"c","object":"text_completion","model":"up","choices":[{"text":"\#(text)","index":0,"finish_reason":null}]}"#,
      #"{"id":"c","object":"text_completion","model":"up","choices":[{"text":"","index":0,"finish_reason":"\#(finish)"}]}"#,
      #"{"id":"c","object":"text_completion","model":"up","choices":[],"usage":\#(chatUsage)}"#,
    ]
  }

  private static func responsesMessage(_ story: MatrixStory) -> String {
    let item =
      switch story {
      case .text: #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello w\u00f6rld"}]}"#
      case .cut: #"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}"#
      case .tool:
        #"{"type":"function_call","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Paris\"}"}"#
      }
    let status = story == .cut ? "incomplete" : "completed"
    return
      #"{"id":"r","object":"response","status":"\#(status)","model":"up","output":[\#(item)],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15,"input_tokens_details":{"cached_tokens":4}}}"#
  }

  private static func responsesStream(_ story: MatrixStory) -> [String] {
    let type = story == .cut ? "response.incomplete" : "response.completed"
    var events = [#"{"type":"response.created","response":{"id":"r","model":"up","output":[]}}"#]
    if story != .tool { events.append(#"{"type":"response.output_text.delta","delta":"Hello","output_index":0}"#) }
    events.append(#"{"type":"\#(type)","response":\#(responsesMessage(story))}"#)
    return events
  }
}

/// What an upstream of the matrix speaks.
enum MatrixDialect: Sendable {
  case chat, anthropic, gemini, completions, responses
}
