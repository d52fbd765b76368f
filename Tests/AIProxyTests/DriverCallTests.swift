import JSON
import Testing

@testable import AIProxy

private func route(_ route: String, _ model: String) throws -> Gateway {
  try Gateway(#"{"route_type":"\#(route)","logging":{"log_statistics":true},"model":{"name":"m-1",\#(model)}}"#)
}

private func node(_ json: String) throws -> JSONNode { try JSONNode.parse(json) }

private func body(_ gateway: Gateway) throws -> JSONNode { try JSONNode(parsing: gateway.forwarded?.body ?? []) }

@Suite("Calls besides chats, and what some providers want otherwise")
struct DriverCallTests {
  @Test("69: the client's Authorization does not go where the credential is a parameter, unless the client's may win")
  func parameterCredential() throws {
    for (override, drops) in [("false", true), ("true", false)] {
      let gateway = try Gateway(
        #"{"route_type":"llm/v1/chat","auth":{"param_name":"key","param_value":"k-1","param_location":"query","#
          + #""allow_override":\#(override)},"model":{"provider":"openai","name":"m"}}"#)
      gateway.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x", query: "a=1")
      #expect(gateway.forwarded?.dropsAuthorization == drops && gateway.forwarded?.query == "a=1&key=k-1")
    }
  }

  @Test("Hugging Face is told whether to use its cache and to wait for a model that is not loaded")
  func huggingFace() throws {
    let options = #""options":{"huggingface":{"use_cache":false,"wait_for_model":true}}"#
    let gateway = try route("llm/v1/chat", #""provider":"huggingface",\#(options)"#)
    gateway.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    let headers = gateway.forwarded?.headers ?? []
    #expect(gateway.header("x-use-cache", headers) == "false" && gateway.header("x-wait-for-model", headers) == "true")
    let plain = try route("llm/v1/chat", #""provider":"huggingface""#)
    plain.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    #expect(plain.header("x-use-cache", plain.forwarded?.headers ?? []) == nil)
  }

  @Test("embeddings: dimensions are configured, usage is logged")
  func embeddings() throws {
    let gateway = try route("llm/v1/embeddings", #""provider":"dashscope","options":{"embeddings_dimensions":64}"#)
    gateway.send(#"{"input":["a","b"]}"#, path: "/x", query: "")
    #expect(try body(gateway) == node(#"{"model":"m-1","input":["a","b"],"dimensions":64}"#))
    let answer = #"{"object":"list","data":[],"model":"m-1","usage":{"prompt_tokens":7,"total_tokens":7}}"#
    gateway.receive(status: 200, pieces: [answer])
    #expect(gateway.output == answer)
    #expect(try gateway.record("ai.proxy.usage")?["prompt_tokens"]?.integer == 7)
  }

  @Test(
    "embeddings in base64, which some providers do not have, are made of numbers", arguments: ["dashscope", "gemini"])
  func encodedEmbeddings(_ provider: String) throws {
    let gateway = try route("llm/v1/embeddings", #""provider":"\#(provider)""#)
    gateway.send(#"{"input":["a"],"encoding_format":"base64","dimensions":3}"#, path: "/x", query: "")
    #expect(try body(gateway)["encoding_format"] == nil)
    gateway.receive(
      status: 200,
      pieces: [
        provider == "gemini"
          ? #"{"embeddings":[{"values":[1,-0.5,1e-3]}]}"#
          : #"{"data":[{"embedding":[1,-0.5,1e-3],"index":0,"object":"embedding"}],"usage":{"prompt_tokens":7},"id":"i"}"#
      ])
    let answer = try JSONNode.parse(gateway.output)
    #expect(
      answer["data"]?[0]?["embedding"]?.string == "AACAPwAAAL9vEoM6" && answer["data"]?[0]?["index"]?.integer == 0)
    guard provider == "dashscope" else { return }
    #expect(answer["id"]?.string == "i" && answer["usage"]?["prompt_tokens"]?.integer == 7)
    #expect(try gateway.record("ai.proxy.usage")?["prompt_tokens"]?.integer == 7)
    gateway.send(#"{"input":["a"],"encoding_format":"float"}"#, path: "/x", query: "")
    #expect(try body(gateway)["encoding_format"]?.string == "float")
  }

  @Test("an answer that has no embeddings although they are to be encoded is a bad gateway")
  func noEmbeddings() throws {
    let gateway = try route("llm/v1/embeddings", #""provider":"dashscope""#)
    gateway.send(#"{"input":["a"],"encoding_format":"base64"}"#, path: "/x", query: "")
    gateway.receive(status: 200, pieces: [#"{"object":"list"}"#])
    #expect(gateway.response?.status == 502)
  }

  @Test(
    "base64 (RFC 4648 §10)",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func base64(_ given: (text: String, encoded: String)) {
    #expect(String(decoding: Base64.encode(Array(given.text.utf8)), as: UTF8.self) == given.encoded)
  }

  @Test("embeddings by Gemini, in OpenAI's form")
  func geminiEmbeddings() throws {
    let gateway = try route("llm/v1/embeddings", #""provider":"gemini""#)
    gateway.send(#"{"input":["a","b"],"dimensions":2}"#, path: "/x")
    #expect(gateway.forwarded?.endpoint.path == "/v1beta/models/m-1:batchEmbedContents")
    let requests = try body(gateway)["requests"]
    #expect(requests?.array?.count == 2 && requests?[1]?["content"]?["parts"]?[0]?["text"]?.string == "b")
    #expect(requests?[0]?["outputDimensionality"]?.integer == 2 && requests?[0]?["model"]?.string == "models/m-1")
    gateway.receive(status: 200, pieces: [#"{"embeddings":[{"values":[0.1,0.2]},"#, #"{"values":[0.3]}]}"#])
    let answer = try JSONNode.parse(gateway.output)
    #expect(answer["data"]?[1]?["embedding"]?[0]?.number == "0.3" && answer["data"]?[1]?["index"]?.integer == 1)
    #expect(answer["object"]?.string == "list" && answer["model"]?.string == "m-1")
    let tokens = try route("llm/v1/embeddings", #""provider":"gemini""#)
    tokens.send(#"{"input":[[1,2]]}"#, path: "/x")
    #expect(tokens.response?.status == 400, "numbers of tokens mean nothing there")
  }

  @Test("images by DashScope, in OpenAI's form")
  func images() throws {
    let gateway = try route("image/v1/images/generations", #""provider":"dashscope""#)
    gateway.send(#"{"prompt":"a cat","size":"1024x768","n":2,"negative_prompt":"dogs"}"#, path: "/x")
    let expected =
      #"{"model":"m-1","input":{"messages":[{"role":"user","content":[{"text":"a cat"}]}]},"parameters":{"size":"1024*768","n":2,"negative_prompt":"dogs"}}"#
    #expect(try body(gateway) == node(expected))
    gateway.receive(
      status: 200,
      pieces: [
        #"{"output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":[{"image":"https://i/1.png"}]}}]},"usage":{"image_count":1}}"#
      ])
    let answer = try JSONNode.parse(gateway.output)
    #expect(answer["data"]?[0]?["url"]?.string == "https://i/1.png" && answer["created"]?.integer ?? 0 > 0)
    let refused = try route("image/v1/images/generations", #""provider":"dashscope""#)
    refused.send(#"{"size":"1x1"}"#, path: "/x")
    #expect(refused.responseBody?["error"]?["message"]?.string == "request body doesn't contain valid prompts")
  }

  @Test("edits of images by DashScope name picture, mask and kind of edit")
  func imageEdits() throws {
    let gateway = try route("image/v1/images/edits", #""provider":"dashscope""#)
    gateway.send(#"{"prompt":"red","image":"https://i/a.png","mask":"https://i/m.png"}"#, path: "/x")
    let expected =
      #"{"prompt":"red","function":"description_edit_with_mask","base_image_url":"https://i/a.png","mask_image_url":"https://i/m.png"}"#
    #expect(try body(gateway)["input"] == node(expected))
    gateway.receive(status: 200, pieces: [#"{"output":{"task_id":"t-1","task_status":"PENDING"}}"#])
    let answer = try JSONNode.parse(gateway.output)
    #expect(answer["task_id"]?.string == "t-1" && answer["data"]?.array?.isEmpty == true)
  }

  @Test("a form with a file goes as it came; sound comes as it is")
  func opaque() throws {
    let gateway = try route("audio/v1/audio/transcriptions", #""provider":"openai""#)
    gateway.send("--b\r\ncontent-disposition: form-data", path: "/x")
    let forwarded = try #require(gateway.forwarded)
    #expect(forwarded.body == nil && gateway.header("content-type", forwarded.headers) == nil)
    #expect(forwarded.endpoint.path == "/v1/audio/transcriptions")
    gateway.receive(status: 200, pieces: ["RIFF"])
    #expect(gateway.output == "RIFF" && gateway.header("X-Kong-LLM-Model", gateway.responseHeaders) == "openai/m-1")
    let speech = try route("audio/v1/audio/speech", #""provider":"openai""#)
    speech.send(#"{"input":"hi","voice":"v"}"#, path: "/x")
    #expect(try body(speech) == node(#"{"model":"m-1","input":"hi","voice":"v"}"#))
  }

  @Test(
    "OpenAI's reasoning models get the limit in their word, and no sampling",
    arguments: ["o3-mini", "gpt-5", "gpt-5.1"])
  func reasoningModels(_ model: String) throws {
    let gateway = try Gateway(
      #"{"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"openai","name":"\#(model)"}}"#)
    gateway.send(#"{"max_tokens":9,"temperature":0.5,"messages":[{"role":"user","content":"x"}]}"#)
    let sent = try body(gateway)
    #expect(sent["max_completion_tokens"]?.integer == 9 && sent["max_tokens"] == nil && sent["temperature"] == nil)
  }

  @Test("Mistral is not sent stream_options")
  func mistral() throws {
    let gateway = try route("llm/v1/chat", #""provider":"mistral","options":{"mistral_format":"openai"}"#)
    gateway.send(#"{"messages":[{"role":"user","content":"x"}],"stream":true}"#, path: "/x")
    #expect(try body(gateway)["stream_options"] == nil && body(gateway)["stream"]?.boolean == true)
  }

  @Test("Anthropic's own requests pass whole, with what the instance sets")
  func passThrough() throws {
    let gateway = try Gateway(
      #"{"llm_format":"anthropic","route_type":"llm/v1/chat","auth":{"header_name":"x-api-key","header_value":"k"},"model":{"provider":"anthropic","name":"claude-x","model_alias":"claude-*","options":{"anthropic_version":"2023-06-01","max_tokens":50}}}"#
    )
    gateway.send(
      #"{"model":"claude-y","max_tokens":100,"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"u"}}]}]}"#
    )
    let forwarded = try #require(gateway.forwarded)
    #expect(
      String(decoding: forwarded.body ?? [], as: UTF8.self)
        == #"{"model":"claude-x","system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"thinking":{"type":"adaptive"},"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"u"}}]}],"max_tokens":50}"#
    )
    #expect(forwarded.keepsProtocolHeaders && forwarded.query == nil)
    #expect(gateway.header("anthropic-version", forwarded.headers) == "2023-06-01")
    #expect(gateway.header("x-api-key", forwarded.headers) == "k")
  }

  @Test("19: what was thought goes back to Anthropic as it came, signed and without words")
  func passThroughThinking() throws {
    let gateway = try Gateway(
      #"{"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"anthropic","name":"m","options":{"anthropic_version":"v"}}}"#
    )
    let messages =
      #"[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"s\u003d"},{"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"}]},{"role":"user","content":"r"}]"#
    gateway.send(#"{"model":"m","max_tokens":100,"messages":\#(messages)}"#)
    let sent = String(decoding: gateway.forwarded?.body ?? [], as: UTF8.self)
    #expect(sent.contains(messages))
  }

  @Test("a chat becomes Anthropic's messages: pictures, choices, thinking, defaults")
  func anthropicRequests() throws {
    let gateway = try route("llm/v1/chat", #""provider":"anthropic","options":{"anthropic_version":"v"}"#)
    gateway.send(
      #"{"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},{"type":"image_url","image_url":{"url":"https://i/x"}}]}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","parallel_tool_calls":false,"reasoning_effort":"low","temperature":1.5}"#,
      path: "/x")
    let sent = try body(gateway)
    #expect(sent["max_tokens"]?.integer == 4096 && sent["stream"]?.boolean == false)
    #expect(sent["thinking"]?["budget_tokens"]?.integer == 1024 && sent["temperature"] == nil)
    let content =
      #"[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},{"type":"image","source":{"type":"url","url":"https://i/x"}}]"#
    #expect(try sent["messages"]?[0]?["content"] == node(content))
    #expect(try sent["tools"] == node(#"[{"name":"f","input_schema":{"type":"object","properties":{}}}]"#))
    #expect(try sent["tool_choice"] == node(#"{"type":"any","disable_parallel_tool_use":true}"#))
    let hot = try route("llm/v1/chat", #""provider":"anthropic","options":{"anthropic_version":"v"}"#)
    hot.send(#"{"messages":[{"role":"user","content":"x"}],"temperature":1.5,"max_tokens":7}"#, path: "/x")
    #expect(try body(hot)["temperature"]?.integer == 1 && body(hot)["max_tokens"]?.integer == 7)
  }

  @Test("results of tools go into one turn of the user, empty turns vanish")
  func anthropicTurns() throws {
    let gateway = try route("llm/v1/chat", #""provider":"anthropic","options":{"anthropic_version":"v"}"#)
    gateway.send(
      #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"user","content":"b"},{"role":"assistant","content":"c","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1.50}"}},{"id":"2","type":"function","function":{"name":"g","arguments":""}}]},{"role":"tool","tool_call_id":"1","content":"r1"},{"role":"tool","tool_call_id":"2","content":[{"type":"text","text":"r2"}]},{"role":"user","content":"d"}]}"#,
      path: "/x")
    let text = try #require(try body(gateway)["messages"]).serializedString()
    #expect(
      text
        == #"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"c"},{"type":"tool_use","id":"1","name":"f","input":{"x":1.50}},{"type":"tool_use","id":"2","name":"g","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":"r1"},{"type":"tool_result","tool_use_id":"2","content":"r2"},{"type":"text","text":"d"}]}]"#
    )
  }

  @Test("a chat becomes Gemini's contents: roles, functions by name, limits, thinking off")
  func geminiRequests() throws {
    let gateway = try route("llm/v1/chat", #""provider":"gemini""#)
    gateway.send(
      ##"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","$ref":"#/x"}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"max_completion_tokens":5,"stop":"E","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},"enable_thinking":false}"##,
      path: "/x")
    let expected =
      ##"{"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"r"}}}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object","$ref":"#/x"}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"generationConfig":{"maxOutputTokens":5,"stopSequences":["E"],"responseMimeType":"application/json","responseJsonSchema":{"type":"object"},"thinkingConfig":{"includeThoughts":false,"thinkingBudget":0}}}"##
    #expect(try body(gateway) == node(expected))
  }

  @Test("what Gemini refuses to say is a refusal", arguments: ["SAFETY", "RECITATION"])
  func geminiRefusals(_ reason: String) throws {
    let gateway = try route("llm/v1/chat", #""provider":"gemini""#)
    gateway.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    gateway.receive(status: 200, pieces: [#"{"candidates":[{"finishReason":"\#(reason)","index":0}]}"#])
    #expect(try JSONNode.parse(gateway.output)["choices"]?[0]?["finish_reason"]?.string == "content_filter")
  }

  @Test("content that a provider has no form for is refused, not dropped", arguments: ["anthropic", "gemini"])
  func unsupported(_ provider: String) throws {
    let gateway = try route("llm/v1/chat", #""provider":"\#(provider)","options":{"anthropic_version":"v"}"#)
    gateway.send(
      #"{"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"x","format":"wav"}}]}]}"#,
      path: "/x")
    #expect(gateway.response?.status == 400)
    #expect(gateway.responseBody?["error"]?["message"]?.string?.contains("input_audio") == true)
  }

  @Test(
    "what responses refer to elsewhere is refused",
    arguments: [#""previous_response_id":"r""#, #""conversation":"c""#])
  func responseReferences(_ field: String) throws {
    let gateway = try route("llm/v1/responses", #""provider":"dashscope""#)
    gateway.send(#"{"input":"x",\#(field)}"#, path: "/x")
    #expect(gateway.response?.status == 400)
  }

  @Test("a stream of responses has its events in order, numbered")
  func responsesEvents() throws {
    let gateway = try route("llm/v1/responses", #""provider":"dashscope""#)
    gateway.send(#"{"input":"x","stream":true}"#, path: "/x")
    gateway.receive(
      status: 200,
      pieces: [
        String(
          decoding: frames([reasoning("t"), text("a"), toolStart(0, "c1", "f", "{}"), toolStop, done]), as: UTF8.self)
      ]
    )
    var types: [String] = []
    for (place, line) in gateway.output.components(separatedBy: "\n").filter({ $0.hasPrefix("data: ") }).enumerated() {
      let event = try JSONNode.parse(String(line.dropFirst(6)))
      #expect(event["sequence_number"]?.integer == place)
      types.append(String((event["type"]?.string ?? "?").dropFirst("response.".count)))
    }
    #expect(
      types == [
        "created", "in_progress", "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done", "output_item.added",
        "content_part.added", "output_text.delta", "output_text.done", "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
        "completed",
      ])
  }
}
