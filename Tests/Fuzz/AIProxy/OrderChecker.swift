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
      let start = position
      position = end + 2
      require(!isEnded, "an event after the end")
      guard let lineEnd = output[start..<end].firstIndex(of: UInt8(ascii: "\n")) else {
        require(false, "an event of one line")
        return
      }
      let name = output.span.extracting(start + 7..<lineEnd)
      let read: Void? = checker.read(output.span.extracting(lineEnd + 7..<end)) { value in
        require(value["type"]?.withRawString { $0.equals(name) } ?? false, "event and type differ")
        let at = value["index"]?.integer
        if name.equals("message_start") {
          require(number == 0, "a second message_start")
        } else if name.equals("ping") {
          require(number > 0, "a ping before message_start")
        } else if name.equals("content_block_start") {
          require(!open && at == index && number > 0, "a block begins out of order")
          open = true
        } else if name.equals("content_block_delta") {
          require(open && at == index, "a delta outside its block")
        } else if name.equals("content_block_stop") {
          require(open && at == index, "a block ends out of order")
          open = false
          index += 1
        } else if name.equals("message_delta") {
          require(!open && !sawDelta && number > 0, "message_delta out of order")
          sawDelta = true
        } else if name.equals("message_stop") {
          require(sawDelta, "message_stop without message_delta")
          isEnded = true
        } else if name.equals("error") {
          require(!sawDelta, "an error after message_delta")
          isEnded = true
        } else {
          require(false, "an unknown event")
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
