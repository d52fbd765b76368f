import JSON

// Arguments of calls, cut and interleaved in any way, arrive complete.

/// Tells of one to three calls at the same time, as the input says, and reads what clients of each format get.
func fuzzArguments(_ bytes: [UInt8]) {
  var arguments: [[UInt8]] = []
  for call in 0...Int(bytes[0] % 3) {
    // What stands in the string is any text, in the form that JSON gives it.
    var text = Array("{\"k\":\"".utf8)
    for byte in bytes.dropFirst(call + 1).prefix(12) { text.append(escaping: [byte & 0x7F].span) }
    text.append(contentsOf: "\"}".utf8)
    arguments.append(text)
  }
  let stream = interleave(arguments, choices: bytes)
  for format in 0..<3 {
    let output: FuzzedAnswer =
      switch format {
      case 0: translate([stream[...]], AnthropicStreamWriter(answer), dialect: .chatCompletions, isComplete: true)
      case 1: translate([stream[...]], ChatStreamWriter(openAIAnswer), dialect: .chatCompletions, isComplete: true)
      default:
        translate(
          [stream[...]], ResponsesWriter(openAIAnswer, isStream: true), dialect: .chatCompletions, isComplete: true)
      }
    require(!output.hasFailure, "a good answer is refused")
    let received =
      switch format {
      case 0: anthropicArguments(output.output)
      case 1: chatArguments(output.output)
      default: responsesArguments(output.output)
      }
    require(received.count == arguments.count, "another number of calls")
    for (index, text) in arguments.enumerated() {
      require(received["c\(index)"] == text, "arguments do not concatenate to what the upstream sent")
    }
  }
}

/// A stream in which pieces of the calls alternate.
private func interleave(_ arguments: [[UInt8]], choices: [UInt8]) -> [UInt8] {
  var rest = arguments.map { $0[...] }
  var begun = arguments.map { _ in false }
  var result: [UInt8] = []
  var place = 1
  while rest.contains(where: { !$0.isEmpty }) {
    let choice = Int(choices[place % choices.count])
    place += 1
    // Calls begin in turn, as their indexes say.
    let begunCount = begun.count { $0 }
    var call = choice % min(rest.count, begunCount + 1)
    if rest[call].isEmpty { call = rest.firstIndex { !$0.isEmpty } ?? 0 }
    let piece = rest[call].prefix(1 + choice / 8 % 9)
    rest[call] = rest[call].dropFirst(piece.count)
    result.append("data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":")
    result.append(decimal: call)
    result.append(text: begun[call] ? ",\"id\":\"\"" : ",\"id\":\"c\(call)\"")
    result.append(",\"type\":\"function\",\"function\":{")
    if !begun[call] { result.append(text: "\"name\":\"n\(call)\",") }
    begun[call] = true
    result.append("\"arguments\":\"")
    result.append(escaping: Array(piece).span)
    result.append("\"}}]}}]}\n\n")
  }
  result.append("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n")
  return result
}

private func anthropicArguments(_ output: [UInt8]) -> [String: [UInt8]] {
  var result: [String: [UInt8]] = [:]
  var open = ""
  FrameChecker.forEachFrame(output) { data in
    _ = checker.read(data) { root in
      if let id = root["content_block"]?["id"]?.string {
        open = id
        result[open] = []
      }
      root["delta"]?["partial_json"]?.appendDecoded(to: &result[open, default: []])
    }
  }
  return result
}

private func chatArguments(_ output: [UInt8]) -> [String: [UInt8]] {
  var names: [Int: String] = [:]
  var result: [String: [UInt8]] = [:]
  FrameChecker.forEachFrame(output) { data in
    _ = checker.read(data) { root in
      guard let call = root["choices"]?.element(0)?["delta"]?["tool_calls"]?.element(0) else { return }
      let index = call["index"]?.integer ?? -1
      if let id = call["id"]?.string { names[index] = id }
      call["function"]?["arguments"]?.appendDecoded(to: &result[names[index] ?? "", default: []])
    }
  }
  return result
}

private func responsesArguments(_ output: [UInt8]) -> [String: [UInt8]] {
  var names: [Int: String] = [:]
  var result: [String: [UInt8]] = [:]
  FrameChecker.forEachFrame(output) { data in
    _ = checker.read(data) { root in
      let type = root["type"]?.string ?? ""
      let index = root["output_index"]?.integer ?? -1
      if type == "response.output_item.added" { names[index] = root["item"]?["call_id"]?.string }
      guard let name = names[index] else { return }
      if type == "response.function_call_arguments.delta" {
        root["delta"]?.appendDecoded(to: &result[name, default: []])
      } else if type == "response.function_call_arguments.done" {
        var whole: [UInt8] = []
        root["arguments"]?.appendDecoded(to: &whole)
        require(whole == result[name], "the arguments at the end are others than those that came")
      }
    }
  }
  return result
}
