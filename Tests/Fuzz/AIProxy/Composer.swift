/// Makes a stream of an upstream's events from bytes: each pair chooses an event and what varies in it.
enum Composer {
  static func stream(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index + 1 < bytes.count {
      append("data: ", to: &result)
      append(event(bytes[index], bytes[index + 1]), to: &result)
      append(bytes[index] & 0x40 == 0 ? "\n\n" : "\r\n\r\n", to: &result)
      index += 2
    }
    return result
  }

  private static func event(_ kind: UInt8, _ value: UInt8) -> String {
    switch kind % 16 {
    case 0: delta(#""content":"\#(texts[Int(value) % texts.count])""#)
    case 1: delta(#""reasoning_content":"\#(texts[Int(value) % texts.count])","content":null"#)
    case 2, 3: tool(value, id: #""id":"c\#(value >> 4)","#, name: #""name":"n\#(value >> 6)","#)
    case 4, 5, 6, 7: tool(value, id: #""id":"","#, name: #""name":null,"#)
    case 8: tool(value, id: "", name: #""name":"n","#)
    case 9: tool(value, id: #""id":"c\#(value >> 4)","#, name: "")
    case 10: #"{"choices":[{"delta":{},"finish_reason":"\#(reasons[Int(value) % reasons.count])"}]}"#
    case 11: #"{"choices":[],"usage":{"prompt_tokens":\#(value),"completion_tokens":1}}"#
    case 12: value < 8 ? #"{"error":{"code":"data_inspection_failed","message":"m"}}"# : #"{"choices":[]}"#
    case 13:
      value < 32
        ? "{" : value < 128 ? ": x" : #"{"choices":[],"search_info":{"search_results":[{"url":"u\#(value)"}]}}"#
    case 14: value < 16 ? "[DONE]" : delta(#""content":"","tool_calls":null"#)
    default:
      #"{"choices":[{"delta":{"content":"x","tool_calls":[{"function":{"name":"n","arguments":"{}"}}]}}]}"#
    }
  }

  private static func delta(_ fields: String) -> String {
    #"{"model":"m","choices":[{"index":0,"delta":{\#(fields)}}]}"#
  }

  private static func tool(_ value: UInt8, id: String, name: String) -> String {
    let position = value & 8 == 0 ? #""index":\#(value & 3),"# : ""
    let arguments = pieces[Int(value >> 4) % pieces.count]
    return delta(#""tool_calls":[{\#(position)\#(id)"function":{\#(name)"arguments":"\#(arguments)"}}]"#)
  }

  private static let texts = [
    "a", "", #"\ud83d"#, #"\ude00"#, #"\\ud83d"#, "é", #"\n\n"#, #"\ud83dx"#, #"x\ud83d"#,
    "<think>", "<thi", "nk>", "</think>", "</", #"\u003cthink>"#,
  ]
  private static let pieces = ["", "{", "}", #"\"a\":"#, "1", #"{\"b\":2}"#, "null", #"\\\""#, #"\u007b"#, " "]
  private static let reasons = ["stop", "length", "tool_calls", "content_filter", "error", "null", "", "eos"]

  private static func append(_ text: String, to result: inout [UInt8]) { result.append(contentsOf: text.utf8) }
}
