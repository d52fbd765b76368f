import JSON

@testable import AIProxy

/// The formats of clients, each with a request and a way to understand the answer.
enum MatrixFormat: String, CaseIterable, Sendable {
  case anthropic, chat, completions, responses

  /// `llm_format` and `route_type`.
  var configuration: String {
    switch self {
    case .anthropic: #""llm_format":"anthropic","route_type":"llm/v1/chat""#
    case .chat: #""llm_format":"openai","route_type":"llm/v1/chat""#
    case .completions: #""llm_format":"openai","route_type":"llm/v1/completions""#
    case .responses: #""llm_format":"openai","route_type":"llm/v1/responses""#
    }
  }

  var path: String { self == .anthropic ? "/x/v1/messages" : "/x" }

  /// Whether answers tell of calls.
  var hasCalls: Bool { self != .completions }

  /// A request that asks for everything the formats have in common.
  func request(isStream: Bool) -> String {
    let stream = isStream ? "true" : "false"
    switch self {
    case .anthropic:
      return
        #"{"max_tokens":2000,"stream":\#(stream),"system":"Be brief.","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_0","name":"get_weather","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_0","content":"sunny"},{"type":"text","text":"And Paris?"}]}],"tools":[{"name":"get_weather","description":"Tells the weather.","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}],"temperature":0.5,"stop_sequences":["END"]}"#
    case .chat:
      return
        #"{"max_tokens":2000,"stream":\#(stream),"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_0","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}]},{"role":"tool","tool_call_id":"call_0","content":"sunny"},{"role":"user","content":"And Paris?"}],"tools":[{"type":"function","function":{"name":"get_weather","description":"Tells the weather.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}],"temperature":0.5,"stop":["END"]}"#
    case .completions:
      return
        #"{"max_tokens":2000,"stream":\#(stream),"stream_options":{"include_usage":true},"prompt":"Weather?","temperature":0.5,"stop":["END"]}"#
    case .responses:
      return
        #"{"max_output_tokens":2000,"stream":\#(stream),"instructions":"Be brief.","input":[{"role":"user","content":"Weather?"},{"type":"function_call","call_id":"call_0","name":"get_weather","arguments":"{\"city\":\"Rome\"}"},{"type":"function_call_output","call_id":"call_0","output":"sunny"},{"role":"user","content":[{"type":"input_text","text":"And Paris?"}]}],"tools":[{"type":"function","name":"get_weather","description":"Tells the weather.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}],"temperature":0.5}"#
    }
  }

  /// What a client of this format understands.
  func understand(_ output: String, isStream: Bool) throws -> MatrixAnswer {
    guard isStream else { return understand(try JSONNode.parse(output)) }
    let events = try Self.events(output)
    switch self {
    case .anthropic: return Self.gather(anthropic: events)
    case .chat: return Self.gather(chat: events)
    case .completions: return Self.gather(completions: events)
    case .responses:
      let last = events.last { $0["type"]?.string?.hasPrefix("response.") ?? false }
      return understand(last?["response"] ?? JSONNode(.null))
    }
  }

  /// The data of a stream's events, without `[DONE]`.
  private static func events(_ output: String) throws -> [JSONNode] {
    var result: [JSONNode] = []
    for line in output.components(separatedBy: "\n") where line.hasPrefix("data: ") && line != "data: [DONE]" {
      result.append(try JSONNode.parse(String(line.dropFirst(6))))
    }
    return result
  }

  private func understand(_ body: JSONNode) -> MatrixAnswer {
    var answer = MatrixAnswer()
    switch self {
    case .anthropic:
      for block in body["content"]?.array ?? [] {
        if block["type"]?.string == "text" { answer.text += block["text"]?.string ?? "" }
        if block["type"]?.string == "tool_use" {
          answer.calls.append("\(block["name"]?.string ?? "?")(\(block["input"].map { Self.text($0) } ?? "?"))")
        }
      }
      answer.finish = Self.word(body["stop_reason"]?.string)
      answer.usage = Self.anthropicUsage(body["usage"])
    case .chat:
      let message = body["choices"]?[0]?["message"]
      answer.text = message?["content"]?.string ?? ""
      for call in message?["tool_calls"]?.array ?? [] {
        answer.calls.append(
          "\(call["function"]?["name"]?.string ?? "?")(\(call["function"]?["arguments"]?.string ?? "?"))")
      }
      answer.finish = Self.word(body["choices"]?[0]?["finish_reason"]?.string)
      answer.usage = Self.usage(body["usage"], "prompt_tokens", "completion_tokens")
    case .completions:
      answer.text = body["choices"]?[0]?["text"]?.string ?? ""
      answer.finish = Self.word(body["choices"]?[0]?["finish_reason"]?.string)
      answer.usage = Self.usage(body["usage"], "prompt_tokens", "completion_tokens")
    case .responses:
      for item in body["output"]?.array ?? [] {
        if item["type"]?.string == "function_call" {
          answer.calls.append("\(item["name"]?.string ?? "?")(\(item["arguments"]?.string ?? "?"))")
        }
        guard item["type"]?.string == "message" else { continue }
        for part in item["content"]?.array ?? [] { answer.text += part["text"]?.string ?? "" }
      }
      answer.finish = body["status"]?.string == "incomplete" ? "length" : answer.calls.isEmpty ? "stop" : "tool"
      answer.usage = Self.usage(body["usage"], "input_tokens", "output_tokens")
    }
    return answer
  }

  private static func gather(anthropic events: [JSONNode]) -> MatrixAnswer {
    var answer = MatrixAnswer()
    var input = 0
    var cached = 0
    for event in events {
      switch event["type"]?.string {
      case "message_start":
        input = event["message"]?["usage"]?["input_tokens"]?.integer ?? 0
        cached = event["message"]?["usage"]?["cache_read_input_tokens"]?.integer ?? 0
      case "content_block_start":
        if let name = event["content_block"]?["name"]?.string { answer.calls.append("\(name)(") }
      case "content_block_delta":
        answer.text += event["delta"]?["text"]?.string ?? ""
        if let piece = event["delta"]?["partial_json"]?.string { answer.calls[answer.calls.count - 1] += piece }
      case "message_delta":
        answer.finish = word(event["delta"]?["stop_reason"]?.string)
        let usage = event["usage"]
        input = usage?["input_tokens"]?.integer ?? input
        cached = usage?["cache_read_input_tokens"]?.integer ?? cached
        answer.usage = [input + cached, usage?["output_tokens"]?.integer ?? -1]
      default: break
      }
    }
    answer.calls = answer.calls.map { $0 + ")" }
    return answer
  }

  private static func gather(chat events: [JSONNode]) -> MatrixAnswer {
    var answer = MatrixAnswer()
    var calls: [(name: String, arguments: String)] = []
    for event in events {
      let delta = event["choices"]?[0]?["delta"]
      answer.text += delta?["content"]?.string ?? ""
      for call in delta?["tool_calls"]?.array ?? [] {
        let index = call["index"]?.integer ?? 0
        while calls.count <= index { calls.append(("", "")) }
        calls[index].name += call["function"]?["name"]?.string ?? ""
        calls[index].arguments += call["function"]?["arguments"]?.string ?? ""
      }
      if let reason = event["choices"]?[0]?["finish_reason"]?.string { answer.finish = word(reason) }
      answer.usage = usage(event["usage"], "prompt_tokens", "completion_tokens") ?? answer.usage
    }
    answer.calls = calls.map { "\($0.name)(\($0.arguments))" }
    return answer
  }

  private static func gather(completions events: [JSONNode]) -> MatrixAnswer {
    var answer = MatrixAnswer()
    for event in events {
      answer.text += event["choices"]?[0]?["text"]?.string ?? ""
      if let reason = event["choices"]?[0]?["finish_reason"]?.string { answer.finish = word(reason) }
      answer.usage = usage(event["usage"], "prompt_tokens", "completion_tokens") ?? answer.usage
    }
    return answer
  }

  private static func word(_ reason: String?) -> String {
    switch reason {
    case "end_turn", "stop": "stop"
    case "max_tokens", "length": "length"
    case "tool_use", "tool_calls": "tool"
    default: reason ?? "none"
    }
  }

  private static func usage(_ node: JSONNode?, _ input: String, _ output: String) -> [Int]? {
    guard let node, let prompt = node[input]?.integer, let completion = node[output]?.integer else { return nil }
    return [prompt, completion]
  }

  private static func anthropicUsage(_ node: JSONNode?) -> [Int]? {
    guard let node, let input = node["input_tokens"]?.integer, let output = node["output_tokens"]?.integer else {
      return nil
    }
    return [input + (node["cache_read_input_tokens"]?.integer ?? 0), output]
  }

  private static func text(_ node: JSONNode) -> String { String(decoding: node.serialized(), as: UTF8.self) }
}
