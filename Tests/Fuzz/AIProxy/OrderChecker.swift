import JSON

/// Checks that bytes are an event stream as Anthropic's clients demand it.
enum OrderChecker {
  static func check(_ output: [UInt8]) {
    var position = 0
    var number = 0
    var open = false
    var index = 0
    var isEnded = false
    var sawDelta = false
    while position < output.count {
      guard let end = blankLine(output, from: position) else {
        require(false, "an event without its blank line")
        return
      }
      let event = Array(output[position..<end])
      position = end + 2
      require(!isEnded, "an event after the end")
      guard let lineEnd = event.firstIndex(of: UInt8(ascii: "\n")) else {
        require(false, "an event of one line")
        return
      }
      let name = Array(event[7..<lineEnd])
      let data = Array(event[(lineEnd + 7)...])
      let read: Void? = checker.read(data.span) { value in
        require(value["type"]?.rawStringBytes == name, "event and type differ")
        let at = value["index"]?.integer
        switch String(decoding: name, as: UTF8.self) {
        case "message_start": require(number == 0, "a second message_start")
        case "ping": require(number > 0, "a ping before message_start")
        case "content_block_start":
          require(!open && at == index && number > 0, "a block begins out of order")
          open = true
        case "content_block_delta": require(open && at == index, "a delta outside its block")
        case "content_block_stop":
          require(open && at == index, "a block ends out of order")
          open = false
          index += 1
        case "message_delta":
          require(!open && !sawDelta && number > 0, "message_delta out of order")
          sawDelta = true
        case "message_stop":
          require(sawDelta, "message_stop without message_delta")
          isEnded = true
        case "error":
          require(!sawDelta, "an error after message_delta")
          isEnded = true
        default: require(false, "an unknown event")
        }
      }
      require(read != nil, "an event's data is not JSON")
      number += 1
    }
    require(isEnded, "a stream without an end")
  }

  private static func blankLine(_ output: [UInt8], from start: Int) -> Int? {
    var index = start
    while index + 1 < output.count {
      if output[index] == UInt8(ascii: "\n"), output[index + 1] == UInt8(ascii: "\n") { return index }
      index += 1
    }
    return nil
  }
}
