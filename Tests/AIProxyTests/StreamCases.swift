import Testing

@testable import AIProxy

/// Events of an upstream and the events that the client gets.
struct StreamCase: Sendable, CustomTestStringConvertible {
  var number: String
  var states: String
  var events: [String]
  /// In the short form of `transcript`.
  var expected: [String]
  /// Tool arguments by call, as they must come together.
  var end = StreamEnd.clean
  var showsThinking = true
  var acceptsMissingFinish = false

  var testDescription: String { "\(number): \(states)" }
}

private let start = ["ms", "ping"]
private let textEnd = ["cx0", "md end_turn 10/5", "mx"]

/// One piece of arguments, as it is escaped within a chunk.
private let argumentsA = #"{\"a\":1}"#

let streamCases: [StreamCase] = [
  .init(
    number: "91", states: "plain text",
    events: [roleChunk, text("Hel"), text("lo"), text("!"), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:Hel", "cd0 text:lo", "cd0 text:!"] + textEnd),
  .init(
    number: "93", states: "the first chunk has role and text at once",
    events: [chunk(#"{"role":"assistant","content":"Hi"}"#), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:Hi"] + textEnd),
  .init(
    number: "94", states: "a tool call first leaves no empty text",
    events: [roleChunk, toolStart(0, "c1", "A", argumentsA), toolStop, usageChunk, done],
    expected: start + ["cs0 tool_use c1 A", #"cd0 input_json:{"a":1}"#, "cx0", "md tool_use 10/5", "mx"]),
  .init(
    number: "95a", states: "reasoning, then text",
    events: [roleChunk, reasoning("hm"), text("a"), stop, usageChunk, done],
    expected: start + [
      "cs0 thinking", "cd0 thinking:hm", "sig0", "cx0", "cs1 text", "cd1 text:a", "cx1", "md end_turn 10/5", "mx",
    ]),
  .init(
    number: "95b", states: "reasoning comes again",
    events: [reasoning("1"), text("2"), reasoning("3"), text("4"), stop, usageChunk, done],
    expected: start + [
      "cs0 thinking", "cd0 thinking:1", "sig0", "cx0", "cs1 text", "cd1 text:2", "cx1", "cs2 thinking",
      "cd2 thinking:3", "sig2", "cx2", "cs3 text", "cd3 text:4", "cx3", "md end_turn 10/5", "mx",
    ]),
  .init(
    number: "96a", states: "empty reasoning beside text opens nothing",
    events: [
      chunk(#"{"content":"x","reasoning_content":""}"#), chunk(#"{"content":"y","reasoning_content":null}"#), stop,
      usageChunk, done,
    ],
    expected: start + ["cs0 text", "cd0 text:x", "cd0 text:y"] + textEnd),
  .init(
    number: "96b", states: "empty text beside reasoning opens nothing",
    events: [chunk(#"{"content":"","reasoning_content":"r"}"#), stop, usageChunk, done],
    expected: start + ["cs0 thinking", "cd0 thinking:r", "sig0"] + textEnd),
  .init(
    number: "96c", states: "both in one chunk: thinking comes first",
    events: [chunk(#"{"content":"x","reasoning_content":"r"}"#), stop, usageChunk, done],
    expected: start + [
      "cs0 thinking", "cd0 thinking:r", "sig0", "cx0", "cs1 text", "cd1 text:x", "cx1", "md end_turn 10/5", "mx",
    ]),
  .init(
    number: "97", states: "text after a tool has a block of its own",
    events: [text("a"), toolStart(0, "c1", "A", argumentsA), text("b"), toolStop, usageChunk, done],
    expected: start + [
      "cs0 text", "cd0 text:a", "cx0", "cs1 tool_use c1 A", #"cd1 input_json:{"a":1}"#, "cx1", "cs2 text", "cd2 text:b",
      "cx2", "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "98", states: "DashScope's pieces of a tool call",
    events: [
      roleChunk, toolStart(0, "call_1", "Read"), toolMore(0, #"{\"p"#), toolMore(0, #"\":1}"#),
      toolCall(#""index":0,"id":"","type":"function","function":{"name":"","arguments":null}"#), toolStop, usageChunk,
      done,
    ],
    expected: start + [
      "cs0 tool_use call_1 Read", #"cd0 input_json:{"p"#, #"cd0 input_json:":1}"#, "cx0", "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "99", states: "name and all arguments in one chunk",
    events: [roleChunk, toolStart(0, "c1", "A", #"{\"path\":\"/a b\"}"#), toolStop, usageChunk, done],
    expected: start + ["cs0 tool_use c1 A", #"cd0 input_json:{"path":"/a b"}"#, "cx0", "md tool_use 10/5", "mx"]),
  .init(
    number: "100", states: "an id that is repeated, and the last piece with the finish reason",
    events: [
      toolCall(#""index":0,"function":{"name":"A"}"#),
      toolCall(#""index":0,"id":"c1","function":{"arguments":"{\"a\""}"#),
      toolCall(#""index":0,"id":"c1","function":{"arguments":":"}"#),
      chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#, finish: #""tool_calls""#), usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use toolu_1_0 A", #"cd0 input_json:{"a""#, "cd0 input_json::", "cd0 input_json:1}", "cx0",
      "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "101", states: "arguments before the name wait",
    events: [
      toolCall(#""index":0,"function":{"arguments":"{\"a\""}"#), toolCall(#""index":0,"function":{"arguments":":1"}"#),
      toolCall(#""index":0,"id":"c1","function":{"name":"A","arguments":"}"}"#), toolStop, usageChunk, done,
    ],
    expected: start + ["cs0 tool_use c1 A", #"cd0 input_json:{"a":1}"#, "cx0", "md tool_use 10/5", "mx"]),
  .init(
    number: "102", states: "pieces of two tools in turns",
    events: [
      toolStart(0, "c1", "A", #"{\"a\":"#), toolStart(1, "c2", "B", #"{\"b\":"#), toolMore(0, "1}"), toolMore(1, "2}"),
      toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", #"cd0 input_json:{"a":"#, "cd0 input_json:1}", "cx0", "cs1 tool_use c2 B",
      #"cd1 input_json:{"b":2}"#, "cx1", "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "103", states: "an index used again for another id",
    events: [
      toolStart(0, "c1", "A", argumentsA), toolStart(0, "c2", "B"), toolMore(0, "{}"), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", #"cd0 input_json:{"a":1}"#, "cx0", "cs1 tool_use c2 B", "cd1 input_json:{}", "cx1",
      "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "104", states: "two tools in one chunk",
    events: [
      chunk(
        #"""
        {"tool_calls":[{"index":0,"id":"c1","function":{"name":"A","arguments":"{}"}},\#
        {"index":1,"id":"c2","function":{"name":"B","arguments":"{}"}}]}
        """#), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", "cd0 input_json:{}", "cx0", "cs1 tool_use c2 B", "cd1 input_json:{}", "cx1",
      "md tool_use 10/5",
      "mx",
    ]),
  .init(
    number: "105", states: "a tool without arguments has an empty object",
    events: [toolStart(0, "c1", "A"), toolStart(1, "c2", "B"), toolStop, usageChunk, done],
    expected: start + [
      "cs0 tool_use c1 A", "cd0 input_json:{}", "cx0", "cs1 tool_use c2 B", "cd1 input_json:{}", "cx1",
      "md tool_use 10/5",
      "mx",
    ]),
  .init(
    number: "106a", states: "missing ids are made up",
    events: [
      toolCall(#""index":0,"function":{"name":"A","arguments":"{}"}"#),
      toolCall(#""index":1,"id":null,"function":{"name":"B","arguments":"{}"}"#), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use toolu_1_0 A", "cd0 input_json:{}", "cx0", "cs1 tool_use toolu_1_1 B", "cd1 input_json:{}", "cx1",
      "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "106b", states: "a call without a name is no call",
    events: [toolCall(#""index":0,"id":"c1","function":{"arguments":"{}"}"#), toolStop, usageChunk, done],
    expected: start + ["md end_turn 10/5", "mx"]),
  .init(
    number: "106c", states: "an id used twice stands for one call only",
    events: [
      toolStart(0, "c1", "A", "{}"), toolStart(1, "c1", "A", "{}"), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", "cd0 input_json:{}", "cx0", "cs1 tool_use toolu_1_1 A", "cd1 input_json:{}", "cx1",
      "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "107", states: "without an index the id decides, then the last",
    events: [
      toolCall(#""id":"c1","function":{"name":"A","arguments":"{\"a\""}"#),
      toolCall(#""function":{"arguments":":1}"}"#),
      toolCall(#""id":"c2","function":{"name":"B","arguments":"{}"}"#), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", #"cd0 input_json:{"a""#, "cd0 input_json::1}", "cx0", "cs1 tool_use c2 B",
      "cd1 input_json:{}",
      "cx1", "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "108a", states: "an escape cut in two within arguments",
    events: [
      toolStart(0, "c1", "A", #"{\"a\":\"\\ud83d"#), toolMore(0, #"\\ude00\"}"#), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", #"cd0 input_json:{"a":"\ud83d"#, #"cd0 input_json:\ude00"}"#, "cx0", "md tool_use 10/5",
      "mx",
    ]),
  .init(
    number: "108b", states: "a surrogate pair cut in two comes whole",
    events: [text(#"a\ud83d"#), text(#"\ude00b"#), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "cd0 text:😀b"] + textEnd),
  .init(
    number: "108c", states: "half a pair is replaced", events: [text(#"a\ud83d"#), text("b"), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "cd0 text:\u{FFFD}b"] + textEnd),
  .init(
    number: "108d", states: "at the end too", events: [text(#"\ud83d"#), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:\u{FFFD}"] + textEnd),
  .init(
    number: "108e", states: "halves within a piece, too, and only they",
    events: [text(#"\ude00a\ud83db\\ud83d\ud83d\ude00c"#), stop, usageChunk, done],
    expected: start + ["cs0 text", #"cd0 text:\#u{FFFD}a\#u{FFFD}b\ud83d😀c"#] + textEnd),
  .init(
    number: "108f", states: "a half before another first half is alone",
    events: [text(#"\ud83d"#), text(#"\ud83d"#), text(#"\ude00"#), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:\u{FFFD}", "cd0 text:😀"] + textEnd),
  .init(
    number: "109", states: "text beside the finish reason comes before the end",
    events: [text("a"), chunk(#"{"content":"b"}"#, finish: #""stop""#), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "cd0 text:b"] + textEnd),
  .init(
    number: "110", states: "two finish reasons make one end",
    events: [text("a"), stop, chunk("{}", finish: #""stop""#, rest: ""), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "111", states: "growing usage is not summed up",
    events: [
      #"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":10,"completion_tokens":1}}"#,
      #"{"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":10,"completion_tokens":2}}"#,
      #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}"#, done,
    ],
    expected: start + ["cs0 text", "cd0 text:a", "cd0 text:b"] + textEnd),
  .init(
    number: "112a", states: "usage before the finish reason", events: [text("a"), usageChunk, stop, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "112b", states: "no usage is zero", events: [text("a"), stop, done],
    expected: start + ["cs0 text", "cd0 text:a", "cx0", "md end_turn 0/0", "mx"]),
  .init(
    number: "113a", states: "the end without [DONE]", events: [text("a"), stop, usageChunk],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "113b", states: "[DONE] without a finish reason is a failure", events: [text("a"), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "error api_error"]),
  .init(
    number: "113c", states: "or accepted, if so configured", events: [text("a"), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd, acceptsMissingFinish: true),
  .init(
    number: "114a", states: "the end amid text is a failure", events: [text("a")],
    expected: start + ["cs0 text", "cd0 text:a", "error api_error"]),
  .init(
    number: "114b", states: "so is a reset", events: [text("a")],
    expected: start + ["cs0 text", "cd0 text:a", "error api_error"], end: .reset),
  .init(
    number: "116", states: "an error after text",
    events: [
      text("a"), #"{"error":{"code":"limit_requests","message":"slow down","type":"x"}}"#, text("b"), stop, done,
    ],
    expected: start + ["cs0 text", "cd0 text:a", "error rate_limit_error"]),
  .init(
    number: "117", states: "content inspection after text ends the message as a refusal",
    events: [text("a"), #"{"error":{"code":"data_inspection_failed","message":"inappropriate"},"request_id":"r"}"#],
    expected: start + ["cs0 text", "cd0 text:a", "cx0", "md refusal 0/0", "mx"]),
  .init(
    number: "118", states: "a whole completion instead of a stream",
    events: [], expected: []),
  .init(
    number: "125", states: "events after [DONE] are nothing", events: [text("a"), stop, usageChunk, done, text("b")],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "126", states: "heartbeats and nulls are passed over",
    events: [
      #"{"choices":[]}"#, #"{"choices":null,"usage":null}"#, #"{"choices":[{"index":0,"delta":null}]}"#,
      chunk(#"{"content":"a","tool_calls":null,"function_call":null,"refusal":null,"audio":null}"#), #"{"object":"x"}"#,
      "[]", "5", stop, usageChunk, done,
    ],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "127a", states: "a malformed event is passed over",
    events: [text("a"), #"{"choices":"#, text("b"), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "cd0 text:b"] + textEnd),
  .init(
    number: "127b", states: "three in a row are a failure", events: [text("a"), "{", "{", "{", text("b"), stop, done],
    expected: start + ["cs0 text", "cd0 text:a", "error api_error"]),
  .init(
    number: "128", states: "the limit amid arguments",
    events: [toolStart(0, "c1", "A", #"{\"a\":"#), chunk("{}", finish: #""length""#), usageChunk, done],
    expected: start + ["cs0 tool_use c1 A", #"cd0 input_json:{"a":"#, "cx0", "md max_tokens 10/5", "mx"]),
  .init(
    number: "129a", states: "reasoning only",
    events: [reasoning("r"), chunk("{}", finish: #""length""#), usageChunk, done],
    expected: start + ["cs0 thinking", "cd0 thinking:r", "sig0", "cx0", "md max_tokens 10/5", "mx"]),
  .init(
    number: "129b", states: "reasoning that nobody asked for",
    events: [reasoning("r"), stop, usageChunk, done], expected: start + ["md end_turn 10/5", "mx"], showsThinking: false
  ),
  .init(
    number: "130", states: "repeated roles",
    events: [roleChunk, roleChunk, text("a"), roleChunk, stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "131a", states: "an unknown finish reason is an end",
    events: [text("a"), chunk("{}", finish: #""eos""#), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "131b", states: "error as finish reason is one",
    events: [text("a"), chunk("{}", finish: #""error""#), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "error overloaded_error"]),
  .init(
    number: "131c", states: "null in quotation marks is none yet",
    events: [chunk(#"{"content":"a"}"#, finish: #""null""#), stop, usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a"] + textEnd),
  .init(
    number: "84", states: "a content filter is a refusal",
    events: [text("a"), chunk("{}", finish: #""content_filter""#), usageChunk, done],
    expected: start + ["cs0 text", "cd0 text:a", "cx0", "md refusal 10/5", "mx"]),
  .init(
    number: "97b", states: "text amid arguments waits for their end",
    events: [
      toolStart(0, "c1", "A", #"{\"a\":"#), text("b"), toolMore(0, "1}"), text("c"), toolStop, usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use c1 A", #"cd0 input_json:{"a":"#, "cd0 input_json:1}", "cx0", "cs1 text", "cd1 text:b", "cd1 text:c",
      "cx1", "md tool_use 10/5", "mx",
    ]),
  .init(
    number: "89", states: "a legacy function call",
    events: [
      chunk(#"{"function_call":{"name":"A","arguments":"{\"a\""}}"#), chunk(#"{"function_call":{"arguments":":1}"}}"#),
      chunk("{}", finish: #""function_call""#), usageChunk, done,
    ],
    expected: start + [
      "cs0 tool_use toolu_1_0 A", #"cd0 input_json:{"a""#, "cd0 input_json::1}", "cx0", "md tool_use 10/5", "mx",
    ]),
].filter { !$0.events.isEmpty }
