import JSON

/// Checks that bytes are an event stream as OpenAI's clients demand it.
enum FrameChecker {
  /// Chunks of chats and completions: each is JSON; `[DONE]`, or an error, is the last, and once.
  static func checkChat(_ result: FuzzedAnswer) {
    if result.hasFailure { return }
    var isEnded = false
    forEachFrame(result.output) { data in
      require(!isEnded, "a frame after the end")
      if data.equals("[DONE]") {
        isEnded = true
        return
      }
      let read: Void? = checker.read(data) { root in
        if root["error"] != nil { isEnded = true } else { require(root["choices"] != nil, "a chunk without choices") }
      }
      require(read != nil, "a chunk is not JSON")
    }
    require(isEnded, "a stream without an end")
  }

  /// Events of a response: numbered in turn, one beginning, one end, parts and items that begin before they end.
  static func checkResponses(_ result: FuzzedAnswer) {
    if result.hasFailure { return }
    var number = 0
    var isEnded = false
    var openItems: Set<Int> = []
    var itemCount = 0
    forEachFrame(result.output) { data in
      require(!isEnded, "an event after the end")
      let read: Void? = checker.read(data) { root in
        require(root["sequence_number"]?.integer == number, "numbers that do not follow each other")
        let type = root["type"]?.string ?? ""
        let index = root["output_index"]?.integer ?? -1
        switch type {
        case "response.created": require(number == 0, "a second beginning")
        case "response.in_progress": require(number == 1, "in progress, out of order")
        case "response.output_item.added":
          require(index == itemCount, "items out of order")
          itemCount += 1
          openItems.insert(index)
        case "response.output_item.done":
          require(openItems.remove(index) != nil, "an item ends that is not open")
        case "response.completed", "response.incomplete":
          require(openItems.isEmpty, "an item without an end")
          require(root["response"]?["output"]?.count == itemCount, "items are missing at the end")
          isEnded = true
        case "error", "response.failed": isEnded = true
        default: require(openItems.contains(index), "a piece outside of its item")
        }
      }
      require(read != nil, "an event is not JSON")
      number += 1
    }
    require(isEnded, "a response without an end")
  }

  /// The data of each frame, of one line.
  static func forEachFrame(_ output: [UInt8], _ body: (borrowing Span<UInt8>) -> Void) {
    var start = 0
    while start < output.count {
      let end = output[start...].firstIndex(of: UInt8(ascii: "\n")) ?? output.count
      if end - start >= 6, output.span.extracting(start..<start + 6).equals("data: ") {
        body(output.span.extracting(start + 6..<end))
      }
      start = end + 1
    }
  }
}
