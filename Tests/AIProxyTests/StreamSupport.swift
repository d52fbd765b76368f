import JSON

@testable import AIProxy

/// What became of an upstream's body.
struct StreamResult {
  var output = ""
  var failure: Failure?
  var usage = Usage()
  var malformedEventCount = 0
}

/// How an upstream's answer ends.
enum StreamEnd: Sendable {
  case clean, reset, open
}

/// The answer most cases make.
func answer(_ change: (inout AnthropicAnswer) -> Void = { _ in }) -> AnthropicAnswer {
  var result = AnthropicAnswer(messageIdentifier: "msg_1", requestIdentifier: "req_1", model: "qwen-plus")
  result.showsThinking = true
  change(&result)
  return result
}

/// Translates a stream that comes in these pieces.
func stream(
  pieces: [[UInt8]], answer: AnthropicAnswer = answer(), acceptsMissingFinish: Bool = false, end: StreamEnd = .clean,
  limit: Int = 16 << 20, json: JSONReader = JSONReader()
) -> StreamResult {
  var translator = AnswerTranslator(
    writer: AnthropicStreamWriter(answer), json: json,
    options: .init(acceptsMissingFinishReason: acceptsMissingFinish, limit: limit),
    classify: { DashScope().classify($0) })
  var output: [UInt8] = []
  for piece in pieces {
    translator.receive(piece.span)
    output += translator.output
    translator.removeOutput()
  }
  switch end {
  case .clean: translator.finish(isComplete: true)
  case .reset: translator.finish(isComplete: false)
  case .open: break
  }
  output += translator.output
  return StreamResult(
    output: String(decoding: output, as: UTF8.self), failure: translator.failure, usage: translator.writer.usage,
    malformedEventCount: translator.malformedEventCount)
}

/// Events as an upstream frames them.
func frames(_ events: [String]) -> [UInt8] {
  Array(events.map { "data: \($0)\n\n" }.joined().utf8)
}

/// A chunk with this delta.
func chunk(_ delta: String, finish: String = "null", rest: String = "") -> String {
  #"{"id":"chatcmpl-9","object":"chat.completion.chunk","model":"qwen-plus","choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}],"usage":null\#(rest)}"#
}

/// A chunk of text.
func text(_ text: String) -> String { chunk(#"{"content":"\#(text)"}"#) }

/// A chunk of reasoning, as DashScope sends it.
func reasoning(_ text: String) -> String { chunk(#"{"content":null,"reasoning_content":"\#(text)"}"#) }

/// A piece of a tool call; `fields` are those of the call.
func toolCall(_ fields: String) -> String { chunk("{\"content\":null,\"tool_calls\":[{\(fields)}]}") }

/// The first piece of a tool call.
func toolStart(_ index: Int, _ identifier: String, _ name: String, _ arguments: String = "") -> String {
  toolCall(
    #""index":\#(index),"id":"\#(identifier)","type":"function","function":{"name":"\#(name)","arguments":"\#(arguments)"}"#
  )
}

/// A further piece, as DashScope sends it.
func toolMore(_ index: Int, _ arguments: String) -> String {
  toolCall(#""index":\#(index),"id":"","type":"function","function":{"name":null,"arguments":"\#(arguments)"}"#)
}

let roleChunk = chunk(#"{"role":"assistant","content":""}"#)
let stop = chunk("{}", finish: #""stop""#)
let toolStop = chunk("{}", finish: #""tool_calls""#)
let usageChunk =
  #"{"id":"chatcmpl-9","choices":[],"model":"qwen-plus","usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"#
let done = "[DONE]"

/// An event stream in short: `ms`, `ping`, `cs0 text`, `cd0 text:Hi`, `cx0`, `md end_turn 10/5`, `mx`, `error api_error`.
/// An event whose `event:` line differs from its data's type, or that is framed otherwise, shows as `broken`.
func transcript(_ output: String) -> [String] {
  var result: [String] = []
  var events = output.components(separatedBy: "\n\n")
  if events.last == "" { events.removeLast() } else { result.append("unterminated") }
  for event in events {
    let lines = event.components(separatedBy: "\n")
    guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: "),
      let data = try? JSONNode.parse(String(lines[1].dropFirst(6))), let type = data["type"]?.string,
      type == String(lines[0].dropFirst(7))
    else {
      result.append("broken \(event)")
      continue
    }
    let index = data["index"]?.integer ?? -1
    switch type {
    case "message_start": result.append("ms")
    case "ping": result.append("ping")
    case "content_block_start":
      let block = data["content_block"]
      var entry = "cs\(index) \(block?["type"]?.string ?? "?")"
      if let name = block?["name"]?.string { entry += " \(block?["id"]?.string ?? "?") \(name)" }
      result.append(entry)
    case "content_block_delta":
      let delta = data["delta"]
      let kind = delta?["type"]?.string ?? "?"
      let value = delta?["text"] ?? delta?["thinking"] ?? delta?["partial_json"] ?? delta?["signature"]
      if kind == "signature_delta" {
        result.append("sig\(index)")
      } else {
        result.append("cd\(index) \(kind.replacing("_delta", with: "")):\(value?.string ?? "?")")
      }
    case "content_block_stop": result.append("cx\(index)")
    case "message_delta":
      let usage = data["usage"]
      result.append(
        "md \(data["delta"]?["stop_reason"]?.string ?? "?") \(usage?["input_tokens"]?.integer ?? -1)/\(usage?["output_tokens"]?.integer ?? -1)"
      )
    case "message_stop": result.append("mx")
    case "error": result.append("error \(data["error"]?["type"]?.string ?? "?")")
    default: result.append("unknown \(type)")
    }
  }
  return result
}

/// What is wrong with the order of a stream's events; empty if nothing is.
func violations(_ transcript: [String]) -> [String] {
  var problems: [String] = []
  var open: String?
  var next = 0
  for (position, event) in transcript.enumerated() {
    let kind = event.prefix { !$0.isNumber && $0 != " " }
    let index = String(event.dropFirst(kind.count).prefix { $0.isNumber })
    switch kind {
    case "ms": if position != 0 { problems.append("ms at \(position)") }
    case "ping", "error": break
    case "cs":
      if let open { problems.append("\(open) open at \(event)") }
      if index != String(next) { problems.append("\(event) instead of \(next)") }
      open = index
      next += 1
    case "cd", "sig": if open != index { problems.append("\(event) outside its block") }
    case "cx":
      if open != index { problems.append("\(event) closes \(open ?? "nothing")") }
      open = nil
    case "md":
      if open != nil { problems.append("md with an open block") }
      if transcript.dropFirst(position + 1) != ["mx"] { problems.append("md not before the end") }
    case "mx": if position == 0 || !transcript[position - 1].hasPrefix("md") { problems.append("mx without md") }
    default: problems.append(event)
    }
  }
  let ends = transcript.filter { $0 == "mx" || $0.hasPrefix("error") }.count
  if ends != 1 { problems.append("\(ends) ends") }
  return problems
}

extension String {
  func components(separatedBy separator: String) -> [String] {
    var result: [String] = []
    var rest = Substring(self)
    while let range = rest.firstRange(of: separator) {
      result.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    result.append(String(rest))
    return result
  }
}
