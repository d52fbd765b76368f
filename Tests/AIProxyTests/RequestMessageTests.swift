import JSON
import Testing

@testable import AIProxy

/// A request's messages and what they are upstream.
struct MessageCase: Sendable, CustomTestStringConvertible {
  /// The case's number, with a letter where one number holds several.
  var number: String
  var states: String
  var messages: String
  var fields = ""
  var expected: String
  var configuration = AIProxyTests.configuration()

  var testDescription: String { "\(number): \(states)" }
}

private let calls = #"""
  {"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":{}},\#
  {"type":"tool_use","id":"t2","name":"B","input":{}},{"type":"tool_use","id":"t3","name":"C","input":{}}]}
  """#
private let callsUpstream = #"""
  {"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[\#
  {"id":"t1","type":"function","function":{"name":"A","arguments":"{}"}},\#
  {"id":"t2","type":"function","function":{"name":"B","arguments":"{}"}},\#
  {"id":"t3","type":"function","function":{"name":"C","arguments":"{}"}}]}
  """#
private let call = #"""
  {"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":{"x":1}}]}
  """#
private let callUpstream = #"""
  {"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[\#
  {"id":"t1","type":"function","function":{"name":"A","arguments":"{\"x\":1}"}}]}
  """#

/// A user's turn that answers ``call`` with this content.
private func answered(_ result: String, then rest: String = "") -> String {
  "[\(call),{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\"\(result)}\(rest)]}]"
}

private func answeredUpstream(_ content: String, then rest: String = "") -> String {
  "[\(callUpstream),{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":\(content)}\(rest)]"
}

private let sees = model("qwen3-vl-plus")
private let seesRequest = #""model":"qwen3-vl-plus","#

private let messageCases: [MessageCase] = [
  .init(
    number: "1", states: "a system text leads", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":"be brief","#,
    expected: #"[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]"#),
  .init(
    number: "2", states: "system blocks are joined and lose cache_control",
    messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #"""
      "system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b"},\#
      {"type":"text","text":"c","cache_control":{"type":"ephemeral"}}],
      """#,
    expected: #"[{"role":"system","content":"a\n\nb\n\nc"},{"role":"user","content":"hi"}]"#),
  .init(
    number: "3", states: "a leading billing block is left out", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #"""
      "system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2.0.57.abc; cc_entrypoint=cli;"},\#
      {"type":"text","text":"You are"}],
      """#,
    expected: #"[{"role":"system","content":"You are"},{"role":"user","content":"hi"}]"#),
  .init(
    number: "4", states: "a leading billing line is left out of its block",
    messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":"x-anthropic-billing-header: a=\"b\";\n\nStable prompt","#,
    expected: #"[{"role":"system","content":"Stable prompt"},{"role":"user","content":"hi"}]"#),
  .init(
    number: "5", states: "the same words on a later line stay", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":"Explain:\nx-anthropic-billing-header: x","#,
    expected:
      #"[{"role":"system","content":"Explain:\nx-anthropic-billing-header: x"},{"role":"user","content":"hi"}]"#),
  .init(
    number: "6a", states: "an empty system text is none", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":"","#, expected: #"[{"role":"user","content":"hi"}]"#),
  .init(
    number: "6b", states: "no system blocks are none", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":[],"#, expected: #"[{"role":"user","content":"hi"}]"#),
  .init(
    number: "6c", states: "an empty system block is none", messages: #"[{"role":"user","content":"hi"}]"#,
    fields: #""system":[{"type":"text","text":""}],"#, expected: #"[{"role":"user","content":"hi"}]"#),
  .init(
    number: "7", states: "text blocks become one string",
    messages: #"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#,
    expected: #"[{"role":"user","content":"a\n\nb"}]"#),
  .init(
    number: "8", states: "text and images become parts in their order",
    messages: #"""
      [{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64",\#
      "media_type":"image/png","data":"iVBO"}},{"type":"text","text":"b"}]}]
      """#,
    fields: "",
    expected: #"""
      [{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":\#
      {"url":"data:image/png;base64,iVBO"}},{"type":"text","text":"b"}]}]
      """#, configuration: sees),
  .init(
    number: "9", states: "an image's URL is passed on",
    messages: #"[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.b/c.png"}}]}]"#,
    expected: #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}]}]"#,
    configuration: sees),
  .init(
    number: "10", states: "a placeholder tells of an image that the model cannot see, if so configured",
    messages: #"[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.b/c.png"}}]}]"#,
    expected: #"[{"role":"user","content":"[image left out: this model cannot see images]"}]"#,
    configuration: configuration { $0.translation.unsupportedContent = .placeholder }),
  .init(
    number: "11a", states: "a text document becomes text with its title",
    messages: #"""
      [{"role":"user","content":[{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain",\#
      "data":"D"}}]}]
      """#,
    expected: #"[{"role":"user","content":"Document: T\n\nD"}]"#),
  .init(
    number: "11b", states: "a document's content becomes text, then image",
    messages: #"""
      [{"role":"user","content":[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"D"},\#
      {"type":"image","source":{"type":"url","url":"https://a.b/c.png"}}]}}]}]
      """#,
    expected: #"""
      [{"role":"user","content":[{"type":"text","text":"D"},{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}]}]
      """#, configuration: sees),
  .init(
    number: "11c", states: "a placeholder tells of a PDF, if so configured",
    messages: #"""
      [{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf",\#
      "data":"JVBERi0="}}]}]
      """#,
    expected: #"[{"role":"user","content":"[document left out: this model does not read files]"}]"#,
    configuration: configuration { $0.translation.unsupportedContent = .placeholder }),
  .init(
    number: "12", states: "a search result becomes text",
    messages: #"""
      [{"role":"user","content":[{"type":"search_result","source":"https://s","title":"T",\#
      "content":[{"type":"text","text":"found"}]}]}]
      """#,
    expected: #"[{"role":"user","content":"Search result: T\nSource: https://s\nfound"}]"#),
  .init(
    number: "13", states: "an unknown block is left out",
    messages: #"[{"role":"user","content":[{"type":"future_block"},{"type":"text","text":"a"}]}]"#,
    expected: #"[{"role":"user","content":"a"}]"#),
  .init(
    number: "14", states: "text and call of the assistant become one message",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"text","text":"Let me look"},\#
      {"type":"tool_use","id":"toolu_1","name":"Read","input":{"file_path":"/a"}}]},\#
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"x"}]}]
      """#,
    expected: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":"Let me look","tool_calls":[{"id":"toolu_1",\#
      "type":"function","function":{"name":"Read","arguments":"{\"file_path\":\"/a\"}"}}]},\#
      {"role":"tool","tool_call_id":"toolu_1","content":"x"}]
      """#),
  .init(
    number: "15", states: "content is there, if only empty, beside calls", messages: answered(#","content":"ok""#),
    expected: answeredUpstream(#""ok""#)),
  .init(
    number: "16", states: "text after a call is kept",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":{}},\#
      {"type":"text","text":"done?"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"y"}]}]
      """#,
    expected: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":"done?","tool_calls":[{"id":"t1","type":"function",\#
      "function":{"name":"A","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"y"}]
      """#),
  .init(
    number: "17a", states: "thinking is dropped",
    messages: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},\#
      {"type":"text","text":"a"}]},{"role":"user","content":"r"}]
      """#,
    expected: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}]
      """#),
  .init(
    number: "17b", states: "thinking goes back as reasoning_content, if so configured",
    messages: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},\#
      {"type":"text","text":"a"}]},{"role":"user","content":"r"}]
      """#,
    expected: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":"a","reasoning_content":"hm"},\#
      {"role":"user","content":"r"}]
      """#, configuration: configuration { $0.translation.preservesThinking = true }),
  .init(
    number: "17c", states: "beside a call too",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},\#
      {"type":"tool_use","id":"t1","name":"A","input":{"x":1}}]},{"role":"user","content":[{"type":"tool_result",\#
      "tool_use_id":"t1","content":"ok"}]}]
      """#,
    expected: answeredUpstream(#""ok""#)),
  .init(
    number: "17d", states: "where it goes back, if so configured",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},\#
      {"type":"tool_use","id":"t1","name":"A","input":{"x":1}}]},{"role":"user","content":[{"type":"tool_result",\#
      "tool_use_id":"t1","content":"ok"}]}]
      """#,
    expected: answeredUpstream(#""ok""#).replacing(#""content":"","#, with: #""content":"","reasoning_content":"hm","#),
    configuration: configuration { $0.translation.preservesThinking = true }),
  .init(
    number: "18", states: "a turn of thinking only is left out and its neighbours become one",
    messages: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"}]},\#
      {"role":"user","content":"r"}]
      """#,
    expected: #"[{"role":"user","content":"q\n\nr"}]"#),
  .init(
    number: "19", states: "redacted thinking, and thinking without words, are dropped",
    messages: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"redacted_thinking","data":"x"},\#
      {"type":"thinking","thinking":"","signature":"s"},{"type":"text","text":"a"}]},{"role":"user","content":"r"}]
      """#,
    expected: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"r"}]
      """#),
  .init(
    number: "20", states: "input that is missing, null or no object is an empty object",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A"},\#
      {"type":"tool_use","id":"t2","name":"B","input":null},{"type":"tool_use","id":"t3","name":"C","input":"{}"}]},\#
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"1"},{"type":"tool_result",\#
      "tool_use_id":"t2","content":"2"},{"type":"tool_result","tool_use_id":"t3","content":"3"}]}]
      """#,
    expected: #"""
      [\#(callsUpstream),{"role":"tool","tool_call_id":"t1","content":"1"},{"role":"tool","tool_call_id":"t2",\#
      "content":"2"},{"role":"tool","tool_call_id":"t3","content":"3"}]
      """#),
  .init(
    number: "35", states: "input that a broken proxy has left as text does not break the arguments",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A",\#
      "input":"{\"a\":"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"}]}]
      """#,
    expected: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[{"id":"t1","type":"function",\#
      "function":{"name":"A","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"ok"}]
      """#),
  .init(
    number: "13", states: "of a message of unknown blocks something is left",
    messages: #"[{"role":"user","content":[{"type":"future_block","x":1}]}]"#,
    expected:
      #"[{"role":"user","content":"[content of type future_block left out: this gateway does not know it]"}]"#),
  .init(
    number: "22", states: "a result comes before the rest of the user's turn",
    messages: answered(#","content":"ok""#, then: #",{"type":"text","text":"go on"}"#),
    expected: answeredUpstream(#""ok""#, then: #",{"role":"user","content":"go on"}"#)),
  .init(
    number: "23", states: "even when it stands behind it",
    messages: #"""
      [\#(call),{"role":"user","content":[{"type":"text","text":"note"},{"type":"tool_result","tool_use_id":"t1",\#
      "content":"ok"}]}]
      """#,
    expected: answeredUpstream(#""ok""#, then: #",{"role":"user","content":"note"}"#)),
  .init(
    number: "24", states: "results come in the order of the calls",
    messages: #"""
      [\#(calls),{"role":"user","content":[{"type":"tool_result","tool_use_id":"t3","content":"3"},{"type":"tool_result",\#
      "tool_use_id":"t1","content":"1"},{"type":"tool_result","tool_use_id":"t2","content":"2"}]}]
      """#,
    expected: #"""
      [\#(callsUpstream),{"role":"tool","tool_call_id":"t1","content":"1"},{"role":"tool","tool_call_id":"t2",\#
      "content":"2"},{"role":"tool","tool_call_id":"t3","content":"3"}]
      """#),
  .init(
    number: "25", states: "results of two messages stand together",
    messages: #"""
      [\#(calls),{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"1"},{"type":"text",\#
      "text":"x"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"2"},\#
      {"type":"tool_result","tool_use_id":"t3","content":"3"}]}]
      """#,
    expected: #"""
      [\#(callsUpstream),{"role":"tool","tool_call_id":"t1","content":"1"},{"role":"tool","tool_call_id":"t2",\#
      "content":"2"},{"role":"tool","tool_call_id":"t3","content":"3"},{"role":"user","content":"x"}]
      """#),
  .init(
    number: "26", states: "a result's texts are joined, not encoded",
    messages: answered(#","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#),
    expected: answeredUpstream(#""a\nb""#)),
  .init(
    number: "27", states: "a result's image follows in a user message that names the call",
    messages: answered(
      #"""
      ,"content":[{"type":"text","text":"caption"},{"type":"image","source":{"type":"base64","media_type":"image/png",\#
      "data":"iVBO"}}]
      """#),
    expected: answeredUpstream(
      #""caption\n[image: see the next message]""#,
      then: #"""
        ,{"role":"user","content":[{"type":"text","text":"Images in the result of tool call t1:"},{"type":"image_url",\#
        "image_url":{"url":"data:image/png;base64,iVBO"}}]}
        """#), configuration: sees),
  .init(
    number: "27b", states: "a result's image that the model cannot see is said to be left out",
    messages: answered(
      #","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}]"#),
    expected: answeredUpstream(#""[image left out: this model cannot see images]""#)),
  .init(
    number: "28", states: "images of parallel results share one user message",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":{}},\#
      {"type":"tool_use","id":"t2","name":"B","input":{}}]},{"role":"user","content":[{"type":"tool_result",\#
      "tool_use_id":"t1","content":[{"type":"image","source":{"type":"url","url":"https://1"}}]},{"type":"tool_result",\#
      "tool_use_id":"t2","content":[{"type":"image","source":{"type":"url","url":"https://2"}}]}]}]
      """#,
    expected: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":"","tool_calls":[{"id":"t1","type":"function",\#
      "function":{"name":"A","arguments":"{}"}},{"id":"t2","type":"function","function":{"name":"B","arguments":"{}"}}]},\#
      {"role":"tool","tool_call_id":"t1","content":"[image: see the next message]"},\#
      {"role":"tool","tool_call_id":"t2","content":"[image: see the next message]"},\#
      {"role":"user","content":[{"type":"text","text":"Images in the result of tool call t1:"},\#
      {"type":"image_url","image_url":{"url":"https://1"}},\#
      {"type":"text","text":"Images in the result of tool call t2:"},\#
      {"type":"image_url","image_url":{"url":"https://2"}}]}]
      """#, configuration: sees),
  .init(
    number: "29a", states: "a result without content has a placeholder", messages: answered(""),
    expected: answeredUpstream(#""(no output)""#)),
  .init(
    number: "29b", states: "so has an empty one", messages: answered(#","content":"""#),
    expected: answeredUpstream(#""(no output)""#)),
  .init(
    number: "29c", states: "and one of no blocks", messages: answered(#","content":[]"#),
    expected: answeredUpstream(#""(no output)""#)),
  .init(
    number: "30", states: "an error says so", messages: answered(#","is_error":true,"content":"boom""#),
    expected: answeredUpstream(#""Error: boom""#)),
  .init(
    number: "31", states: "documents, search results and tools found in a result become text",
    messages: answered(
      #"""
      ,"content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"D"}},\#
      {"type":"search_result","source":"https://s","title":"T","content":[]},{"type":"tool_reference","tool_name":"X"},\#
      {"type":"document","source":{"type":"url","url":"https://pdf"}}]
      """#),
    expected: answeredUpstream(
      #""D\nSearch result: T\nSource: https://s\nTool: X\n[document left out: this model does not read files]""#)),
  .init(
    number: "32", states: "a result without its call becomes the user's text",
    messages: #"""
      [{"role":"user","content":[{"type":"tool_result","tool_use_id":"gone","content":"lost"},{"type":"text","text":"x"}]}]
      """#,
    expected: #"[{"role":"user","content":"[result of an earlier tool call]\nlost\n\nx"}]"#),
  .init(
    number: "33", states: "a call without its result is left out",
    messages: #"""
      [{"role":"user","content":"go"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":{"x":1}},\#
      {"type":"tool_use","id":"t2","name":"B","input":{}}]},{"role":"user","content":[{"type":"tool_result",\#
      "tool_use_id":"t1","content":"ok"},{"type":"text","text":"x"}]}]
      """#,
    expected: answeredUpstream(#""ok""#, then: #",{"role":"user","content":"x"}"#)),
  .init(
    number: "34a", states: "a turn of calls without results is left out",
    messages: "[\(call),{\"role\":\"user\",\"content\":\"x\"}]",
    expected: #"[{"role":"user","content":"go\n\nx"}]"#),
  .init(
    number: "34b", states: "at the end too", messages: "[\(call)]", expected: #"[{"role":"user","content":"go"}]"#),
  .init(
    number: "36", states: "Anthropic's own tools in the history become text",
    messages: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"server_tool_use","id":"srvtoolu_1",\#
      "name":"web_search","input":{"query":"torii"}},{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1",\#
      "content":[{"type":"web_search_result","url":"https://u","title":"T","encrypted_content":"x"}]},\#
      {"type":"text","text":"a"}]},{"role":"user","content":"r"}]
      """#,
    expected: #"""
      [{"role":"user","content":"q"},{"role":"assistant","content":\#
      "[used web_search: torii]\n\n[search results\n- T https://u]\n\na"},{"role":"user","content":"r"}]
      """#),
  .init(
    number: "37a", states: "a system message between users is a note in the user's",
    messages: #"[{"role":"user","content":"a"},{"role":"system","content":"S"}]"#,
    expected: #"[{"role":"user","content":"a\n\n<system-reminder>\nS\n</system-reminder>"}]"#),
  .init(
    number: "37b", states: "one between a call and its result comes after the result",
    messages: #"""
      [\#(call),{"role":"system","content":[{"type":"text","text":"S"}]},{"role":"user","content":[{"type":"tool_result",\#
      "tool_use_id":"t1","content":"ok"}]}]
      """#,
    expected: answeredUpstream(
      #""ok""#, then: #",{"role":"user","content":"<system-reminder>\nS\n</system-reminder>"}"#)),
  .init(
    number: "38", states: "an assistant may begin, and neighbours of a role become one",
    messages: #"""
      [{"role":"assistant","content":"x"},{"role":"user","content":"a"},{"role":"user","content":"b"},\#
      {"role":"assistant","content":"c"},{"role":"assistant","content":"d"},{"role":"user","content":"e"}]
      """#,
    expected: #"""
      [{"role":"assistant","content":"x"},{"role":"user","content":"a\n\nb"},{"role":"assistant","content":"c\n\nd"},\#
      {"role":"user","content":"e"}]
      """#),
  .init(
    number: "39", states: "the beginning of an answer is passed on as such",
    messages: #"[{"role":"user","content":"a"},{"role":"assistant","content":"{"}]"#,
    expected: #"[{"role":"user","content":"a"},{"role":"assistant","content":"{","partial":true}]"#),
  .init(
    number: "40", states: "an assistant without content is left out",
    messages: #"[{"role":"user","content":"a"},{"role":"assistant","content":[]},{"role":"user","content":"b"}]"#,
    expected: #"[{"role":"user","content":"a\n\nb"}]"#),
]

@Suite("Anthropic messages become chat messages")
struct RequestMessageTests {
  @Test("each shape of message has its form upstream", arguments: messageCases)
  func message(_ given: MessageCase) throws {
    let name = given.configuration.model.name ?? ""
    let body =
      "{\"model\":\"\(name)\",\"max_tokens\":100,\(given.fields)\"messages\":\(given.messages)}"
    let actual = try messages(body, given.configuration)
    #expect(actual == (try JSONNode(parsing: given.expected)), "\(actual)")
  }

  @Test("13: what is left out is told to the gateway's log", arguments: [#"{"type":"text","text":"a"}"#, ""])
  func leftOut(_ other: String) throws {
    let blocks = #"{"type":"future_block","x":"secret"}"# + (other.isEmpty ? "" : ",\(other)")
    let result = try translate(request(messages: #"[{"role":"user","content":[\#(blocks)]}]"#))
    #expect(result.warnings.contains { $0.contains("future_block") })
    #expect(result.warnings.allSatisfy { !$0.contains("secret") }, "the type, not what it holds")
  }

  @Test("3: another billing line gives the same bytes")
  func billingLine() throws {
    func body(_ version: String) -> String {
      request(
        #""system":[{"type":"text","text":"x-anthropic-billing-header: v=\#(version);"},{"type":"text","text":"S"}],"#)
    }
    #expect(try translate(body("1")).body == translate(body("2")).body)
  }

  @Test("8: media types are kept", arguments: ["image/jpeg", "image/gif", "image/webp"])
  func mediaType(_ type: String) throws {
    let body = """
      {"model":"qwen3-vl-plus","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":\
      {"type":"base64","media_type":"\(type)","data":"AA=="}}]}]}
      """
    #expect(try translate(body, sees).text.contains("data:\(type);base64,AA=="))
  }

  @Test("21: arguments keep order, numbers, slashes and characters, and every time the same")
  func argumentsUnchanged() throws {
    let input = #"{"b":1,"a":2.0,"n":12345678901234567890,"u":"a/b","e":"😀","z":"\ud83d"}"#
    let body = request(
      messages: #"""
        [{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"A","input":\#(input)}]},\#
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"x"}]}]
        """#)
    let result = try translate(body)
    let arguments = try result.node["messages"]?[0]?["tool_calls"]?[0]?["function"]?["arguments"]?.string
    #expect(arguments == input)
    #expect(try translate(body).body == result.body)
  }
}
