import JSON
import Testing

@testable import AIProxy

/// Fields of a request and what becomes of them; `absent` lists fields that must not be there.
struct FieldCase: Sendable, CustomTestStringConvertible {
  var number: String
  var states: String
  var fields: String
  /// Members that the upstream's body has, as one object.
  var expected = "{}"
  var absent: [String] = []
  var configuration = AIProxyTests.configuration()

  var testDescription: String { "\(number): \(states)" }
}

private func tool(_ rest: String, name: String = "A") -> String {
  "\"tools\":[{\"name\":\"\(name)\"\(rest)}],"
}

private let anyTool = #""tools":[{"name":"A","input_schema":{"type":"object","properties":{}}}],"#
private let twoTools = #"""
  "tools":[{"name":"A","input_schema":{"type":"object","properties":{}}},\#
  {"name":"B","input_schema":{"type":"object","properties":{}}}],
  """#

private func function(_ rest: String, name: String = "A") -> String {
  #"{"tools":[{"type":"function","function":{"name":"\#(name)"\#(rest)}}]}"#
}

private let fieldCases: [FieldCase] = [
  .init(
    number: "1", states: "a plain request has no tools and no stream options", fields: "",
    expected: #"{"model":"qwen-plus","max_tokens":100,"stream":false}"#,
    absent: ["stream_options", "tools", "tool_choice", "parallel_tool_calls", "temperature", "enable_thinking"]),
  .init(
    number: "41", states: "only name, description and schema of a tool go upstream",
    fields: tool(
      #"""
      ,"description":"d","input_schema":{"type":"object","properties":{"z":{},"a":{}}},"cache_control":{"type":"ephemeral"},\#
      "defer_loading":true,"eager_input_streaming":true,"input_examples":[{}],"strict":true,"allowed_callers":["direct"]
      """#),
    expected: function(#","description":"d","parameters":{"type":"object","properties":{"z":{},"a":{}}}"#)),
  .init(
    number: "42", states: "a custom tool's type does not touch its schema's",
    fields: tool(#","type":"custom","input_schema":{"type":"object","properties":{"type":{"type":"string"}}}"#),
    expected: function(#","parameters":{"type":"object","properties":{"type":{"type":"string"}}}"#)),
  .init(
    number: "43a", states: "a tool without a schema takes nothing", fields: tool(""),
    expected: function(#","parameters":{"type":"object","properties":{}}"#)),
  .init(
    number: "43b", states: "so does one with an empty schema", fields: tool(#","input_schema":{}"#),
    expected: function(#","parameters":{"type":"object","properties":{}}"#)),
  .init(
    number: "43c", states: "a schema without a type at its root gets one there only",
    fields: tool(#","input_schema":{"properties":{"a":{"description":"any"}},"required":["a"]}"#),
    expected: function(
      #","parameters":{"type":"object","properties":{"a":{"description":"any"}},"required":["a"]}"#)),
  .init(
    number: "43d", states: "an empty list of required properties stays a list",
    fields: tool(#","input_schema":{"type":"object","properties":{},"required":[]}"#),
    expected: function(#","parameters":{"type":"object","properties":{},"required":[]}"#)),
  .init(
    number: "44", states: "of a schema only $schema is left out",
    fields: tool(
      #"""
      ,"input_schema":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"u":{"type":\#
      "string","format":"uri"},"c":{"const":1},"o":{"anyOf":[{"$ref":"#/$defs/x"}]}},"propertyNames":{"pattern":"^a"},\#
      "$defs":{"x":{"$schema":"kept","type":"null"}}}
      """#),
    expected: function(
      #"""
      ,"parameters":{"type":"object","properties":{"u":{"type":"string","format":"uri"},"c":{"const":1},\#
      "o":{"anyOf":[{"$ref":"#/$defs/x"}]}},"propertyNames":{"pattern":"^a"},"$defs":{"x":{"$schema":"kept","type":"null"}}}
      """#)),
  .init(
    number: "45", states: "a missing description stays missing, null too", fields: tool(#","description":null"#),
    expected: function(#","parameters":{"type":"object","properties":{}}"#)),
  .init(
    number: "49a", states: "web search alone leaves no tools",
    fields:
      #""tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8}],"tool_choice":{"type":"auto"},"#,
    absent: ["tools", "tool_choice", "parallel_tool_calls", "enable_search"]),
  .init(
    number: "49b", states: "web search becomes DashScope's, if so configured",
    fields:
      #""tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8}],"tool_choice":{"type":"auto"},"#,
    expected: #"{"enable_search":true}"#, absent: ["tools", "tool_choice", "parallel_tool_calls"],
    configuration: configuration { $0.translation.webSearch = .enableSearch }),
  .init(
    number: "51a", states: "auto", fields: anyTool + #""tool_choice":{"type":"auto"},"#,
    expected: #"{"tool_choice":"auto"}"#),
  .init(
    number: "51b", states: "none", fields: anyTool + #""tool_choice":{"type":"none"},"#,
    expected: #"{"tool_choice":"none"}"#),
  .init(
    number: "51c", states: "any of one tool is that tool", fields: anyTool + #""tool_choice":{"type":"any"},"#,
    expected: #"{"tool_choice":{"type":"function","function":{"name":"A"}}}"#),
  .init(
    number: "51d", states: "any of many is required", fields: twoTools + #""tool_choice":{"type":"any"},"#,
    expected: #"{"tool_choice":"required"}"#),
  .init(
    number: "51e", states: "a tool by name", fields: twoTools + #""tool_choice":{"type":"tool","name":"B"},"#,
    expected: #"{"tool_choice":{"type":"function","function":{"name":"B"}}}"#),
  .init(
    number: "51f", states: "a choice without tools is dropped", fields: #""tool_choice":{"type":"any"},"#,
    absent: ["tool_choice"]),
  .init(
    number: "51g", states: "the choice of a tool that was left out is dropped",
    fields: #"""
      "tools":[{"name":"A"},{"type":"web_search_20250305","name":"web_search"}],\#
      "tool_choice":{"type":"tool","name":"web_search"},
      """#, absent: ["tool_choice"]),
  .init(
    number: "52a", states: "parallel calls are allowed in so many words", fields: anyTool,
    expected: #"{"parallel_tool_calls":true}"#),
  .init(
    number: "52b", states: "unless the client forbids them",
    fields: anyTool + #""tool_choice":{"type":"auto","disable_parallel_tool_use":true},"#,
    expected: #"{"parallel_tool_calls":false}"#),
  .init(
    number: "53", states: "a forced tool turns thinking off",
    fields: anyTool + #""tool_choice":{"type":"any"},"thinking":{"type":"enabled","budget_tokens":2000},"#,
    expected: #"{"enable_thinking":false,"stream":false}"#, absent: ["thinking_budget"]),
  .init(
    number: "54a", states: "thinking with a budget",
    fields: #""thinking":{"type":"enabled","budget_tokens":4096},"#,
    expected: #"{"enable_thinking":true,"thinking_budget":4096}"#),
  .init(
    number: "54b", states: "a model that cannot think is not asked to",
    fields: #""thinking":{"type":"enabled","budget_tokens":4096},"#, absent: ["enable_thinking", "thinking_budget"],
    configuration: model("qwen-max")),
  .init(
    number: "55", states: "thinking turned off", fields: #""thinking":{"type":"disabled"},"#,
    expected: #"{"enable_thinking":false}"#, configuration: model("qwen3.5-plus")),
  .init(
    number: "56a", states: "adaptive thinking leaves the model's default",
    fields: #""thinking":{"type":"adaptive","display":"updates"},"#, absent: ["enable_thinking"]),
  .init(
    number: "56b", states: "thinking by configuration", fields: #""thinking":{"type":"adaptive"},"#,
    expected: #"{"enable_thinking":true}"#, configuration: configuration { $0.translation.thinking = .on }),
  .init(
    number: "57", states: "thinking is asked for as a stream",
    fields: #""thinking":{"type":"enabled","budget_tokens":1024},"#,
    expected: #"{"stream":true,"stream_options":{"include_usage":true}}"#),
  .init(
    number: "60a", states: "a temperature is copied as it is spelled", fields: #""temperature":1.0,"#,
    expected: #"{"temperature":1.0}"#),
  .init(
    number: "60b", states: "2 is too high", fields: #""temperature":2.0,"#, expected: #"{"temperature":1.99}"#),
  .init(
    number: "60c", states: "the configured temperature is sent", fields: "", expected: #"{"temperature":1.0}"#,
    configuration: configuration { $0.model.options.temperature = "1.0" }),
  .init(
    number: "60d", states: "top_k and top_p are passed on", fields: #""top_k":40,"top_p":0.9,"#,
    expected: #"{"top_k":40,"top_p":0.9}"#),
  .init(
    number: "60e", states: "the configured temperature wins", fields: #""temperature":0.2,"#,
    expected: #"{"temperature":1}"#, configuration: configuration { $0.model.options.temperature = "1" }),
  .init(
    number: "61a", states: "stop sequences", fields: #""stop_sequences":["\n\nHuman:",""],"#,
    expected: #"{"stop":["\n\nHuman:"]}"#),
  .init(number: "61b", states: "no stop sequences", fields: #""stop_sequences":[],"#, absent: ["stop"]),
  .init(
    number: "62a", states: "a stream asks for usage", fields: #""stream":true,"#,
    expected: #"{"stream":true,"stream_options":{"include_usage":true}}"#),
  .init(
    number: "62b", states: "what is no stream does not", fields: #""stream":false,"#, expected: #"{"stream":false}"#,
    absent: ["stream_options"]),
  .init(
    number: "63", states: "what only Anthropic knows is dropped",
    fields: #"""
      "metadata":{"user_id":"u"},"service_tier":"auto","container":"c","context_management":{"edits":[]},\#
      "mcp_servers":[],"speed":"fast","diagnostics":{},"output_config":{"effort":"high"},"betas":["b"],\#
      "inference_geo":"eu","fallbacks":[],"safeguards":{},"cache_control":{"type":"ephemeral"},
      """#,
    absent: [
      "metadata", "service_tier", "container", "context_management", "mcp_servers", "speed", "diagnostics",
      "output_config", "betas", "inference_geo", "fallbacks", "safeguards", "cache_control", "response_format",
    ]),
  .init(
    number: "64", states: "a JSON schema for the answer, without thinking",
    fields: #"""
      "output_config":{"format":{"type":"json_schema","schema":{"type":"object","required":[]}}},\#
      "thinking":{"type":"enabled","budget_tokens":1024},
      """#,
    expected: #"""
      {"response_format":{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object","required":[]},\#
      "strict":true}},"enable_thinking":false}
      """#),
  .init(
    number: "65", states: "a new thread is an ordinary request", fields: #""thread":{"type":"create"},"#,
    absent: ["thread"]),
  .init(
    number: "66", states: "an alias stands for the model", fields: #""model":"claude-haiku-4-5","#,
    expected: #"{"model":"qwen-plus"}"#, configuration: configuration { $0.model.alias = "claude-haiku-*" }),
]

@Suite("Fields of an Anthropic request")
struct RequestFieldTests {
  @Test("each field has its form upstream", arguments: fieldCases)
  func field(_ given: FieldCase) throws {
    let name = given.configuration.model.name ?? ""
    let naming = given.fields.contains("\"model\"") ? "" : "\"model\":\"\(name)\","
    let result = try translate(
      "{\(naming)\"max_tokens\":100,\(given.fields)\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
      given.configuration)
    let body = try result.node
    for member in try JSONNode(parsing: given.expected).members ?? [] {
      #expect(body[member.name] == member.value, "\(member.name) in \(body)")
    }
    for name in given.absent { #expect(body[name] == nil, "\(name) in \(body)") }
  }

  @Test("41: the order of a schema's keys is kept")
  func schemaOrder() throws {
    let schema =
      #"{"type":"object","properties":{"z":{"b":1,"a":2.50},"a":{"x":"\u0041\/"}},"additionalProperties":false}"#
    let result = try translate(request(tool(",\"input_schema\":\(schema)")))
    #expect(result.text.contains("\"parameters\":\(schema)}"))
  }

  @Test("41: thirty tools are thirty functions, in their order")
  func manyTools() throws {
    let names = (0..<30).map { "Tool\($0)" }
    let tools = names.map {
      #"{"name":"\#($0)","description":"d","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"},"strict":true}"#
    }
    let sent = try translate(request("\"tools\":[\(tools.joined(separator: ","))],")).node["tools"]?.array ?? []
    #expect(sent.map { $0["function"]?["name"]?.string } == names)
    #expect(sent.allSatisfy { $0["type"]?.string == "function" && $0.members?.count == 2 })
    #expect(sent.allSatisfy { $0["function"]?.members?.map(\.name) == ["name", "description", "parameters"] })
  }

  @Test("43: what is not an object cannot be a tool", arguments: [#""tools":{},"#, #""tools":[{"description":"x"}],"#])
  func brokenTools(_ fields: String) {
    #expect(throws: Failure.self) { try translate(request(fields)) }
  }

  @Test("46: a long name becomes a short one everywhere, and its own again in the answer")
  func longNames() throws {
    let prefix = String(repeating: "mcp__server__tool_", count: 4)
    let names = [prefix + "one_of_many", prefix + "other_of_many"]
    let body = request(
      messages: #"""
        [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"\#(names[0])",\#
        "input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}]
        """#,
      #""tools":[{"name":"\#(names[0])"},{"name":"\#(names[1])"}],"tool_choice":{"type":"tool","name":"\#(names[0])"},"#
    )
    let result = try translate(body)
    let node = try result.node
    let first = try #require(node["tools"]?[0]?["function"]?["name"]?.string)
    let second = try #require(node["tools"]?[1]?["function"]?["name"]?.string)
    #expect(first.utf8.count <= 64 && second.utf8.count <= 64 && first != second)
    #expect(first.hasPrefix(String(prefix.prefix(55))))
    #expect(node["messages"]?[1]?["tool_calls"]?[0]?["function"]?["name"]?.string == first)
    #expect(node["tool_choice"]?["function"]?["name"]?.string == first)
    #expect(try translate(body).body == result.body)
    var original: [UInt8] = []
    result.toolNames.append(originalOf: Array(first.utf8), to: &original)
    #expect(String(decoding: original, as: UTF8.self) == names[0])
  }

  @Test(
    "47, 48: reserved names and unusual characters are renamed and restored",
    arguments: ["search", "a.b c", "工具", "x\\n"])
  func unusualNames(_ name: String) throws {
    let result = try translate(request("\"tools\":[{\"name\":\"\(name)\"}],"))
    let upstream = try #require(try result.node["tools"]?[0]?["function"]?["name"]?.string)
    let isUsable = ToolNameMap.isUsable(Array(upstream.utf8).span, reserved: "search")
    #expect(isUsable)
    var original: [UInt8] = []
    result.toolNames.append(originalOf: Array(upstream.utf8), to: &original)
    #expect(String(decoding: original, as: UTF8.self) == name)
  }

  @Test(
    "50: tools that Anthropic's models know get their parameters spelled out",
    arguments: ["bash_20250124", "text_editor_20250728", "memory_20250818"])
  func knownTools(_ type: String) throws {
    let function = try translate(request(#""tools":[{"type":"\#(type)","name":"x"}],"#)).node["tools"]?[0]?["function"]
    #expect(function?["parameters"]?["type"]?.string == "object")
    #expect(function?["parameters"]?["properties"]?["command"] != nil)
  }

  @Test("57: a stream that only the gateway asked for is not the client's")
  func gatheredStream() throws {
    let result = try translate(request(#""thinking":{"type":"enabled","budget_tokens":1024},"#))
    #expect(result.asksForStream && !result.isStream && result.showsThinking)
  }

  @Test(
    "58, 59: max_tokens is bounded by model and configuration, and filled in from the latter",
    arguments: [
      ("qwen-turbo", "64000", nil, 16384), ("qwen-plus", "32000", 8192, 8192), ("qwen-plus", "1", 8192, 1),
      ("my-model", "64000", nil, 64000), ("qwen-plus", "", 8192, 8192), ("qwen-plus", "0", nil, 1),
      ("qwen-max", "", 20000, 8192),
    ] as [(String, String, Int?, Int)])
  func maximumTokens(_ given: (name: String, requested: String, configured: Int?, expected: Int)) throws {
    let field = given.requested.isEmpty ? "" : "\"max_tokens\":\(given.requested),"
    let result = try translate(
      "{\(field)\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
      model(given.name) { $0.model.options.maximumTokens = given.configured })
    #expect(try result.node["max_tokens"]?.integer == given.expected)
  }

  @Test("response_streaming decides over the client's wish")
  func streamingPolicy() throws {
    #expect(try translate(request(), configuration { $0.responseStreaming = .always }).isStream)
    let refused = #expect(throws: Failure.self) {
      try translate(request(#""stream":true,"#), configuration { $0.responseStreaming = .deny })
    }
    #expect(refused?.message == "response streaming is not enabled for this LLM")
  }
}

/// Requests that are refused, each with what the refusal says.
private let refusals: [(number: String, body: String, says: String)] = [
  (
    "10",
    request(messages: #"[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a"}}]}]"#),
    "qwen-plus does not accept images"
  ),
  (
    "11",
    request(
      messages: #"""
        [{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"A"}}]}]
        """#), "documents must be text"
  ),
  ("40", request(messages: #"[{"role":"user","content":[]}]"#), "messages.0.content"),
  ("50", request(#""tools":[{"type":"computer_20250124","name":"computer"}],"#), "computer_20250124"),
  ("59", #"{"model":"qwen-plus","messages":[{"role":"user","content":"x"}]}"#, "max_tokens: field required"),
  ("59", #"{"max_tokens":-1,"messages":[{"role":"user","content":"x"}]}"#, "max_tokens"),
  ("59", #"{"max_tokens":1.5,"messages":[{"role":"user","content":"x"}]}"#, "max_tokens"),
  ("59", #"{"max_tokens":"1","messages":[{"role":"user","content":"x"}]}"#, "max_tokens"),
  (
    "65", request(#""thread":{"type":"continue","previous_message_id":"m"},"#),
    "capability_rejected: beta_header:message-threads-2026-08-12"
  ),
  (
    "66", #"{"model":"claude-haiku-4-5","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#,
    "cannot use own model - must be: qwen-plus"
  ),
  ("67", "", "not valid JSON"), ("67", request() + "x", "not valid JSON"), ("67", "[1]", "must be a JSON object"),
  ("67", "\u{0}", "not valid JSON"),
  ("", request(messages: "[]"), "messages"), ("", #"{"max_tokens":1}"#, "messages"),
  ("", request(messages: #"[{"role":"tool","content":"x"}]"#), "messages.0.role"),
  ("", request(messages: #"[{"role":"user"}]"#), "messages.0.content"),
  ("", request(messages: #"[{"role":"user","content":5}]"#), "messages.0.content"),
  ("", request(messages: "[5]"), "messages.0"),
  ("", request(#""temperature":"hot","#), "temperature"), ("", request(#""stream":"yes","#), "stream"),
  ("", request(#""stop_sequences":"x","#), "stop_sequences"), ("", request(#""system":5,"#), "system"),
]

@Suite("Requests that are refused")
struct RequestRefusalTests {
  @Test("a request that cannot be sent is answered 400 and told why", arguments: refusals)
  func refusal(_ given: (number: String, body: String, says: String)) {
    let failure = #expect(throws: Failure.self) { try translate(given.body) }
    #expect(failure?.status == 400 && failure?.kind == .invalidRequest)
    #expect(failure?.message.contains(given.says) ?? false, "\(failure?.message ?? "")")
  }

  @Test("67: a byte order mark and repeated keys are harmless, the first key counts")
  func unusualBodies() throws {
    let body = try translate("\u{FEFF}" + request(#""system":"first","system":"second","#)).node
    #expect(body["messages"]?[0]?["content"]?.string == "first")
    // Escapes stay as they are written, halves of pairs too.
    for text in [#"\ud83d\ude00"#, #"a\ud83d"#, #"\ude00b"#] {
      let result = try translate(request(messages: #"[{"role":"user","content":"\#(text)"}]"#))
      #expect(result.text.contains(#""content":"\#(text)""#))
    }
  }
}
