/// What the conversation asks the simulated model to do next.
struct Instructions {
  /// The markers that are for this turn.
  let markers: [Marker]
  /// The text of the user's last words, when the user spoke last.
  let userText: String
  /// The results of tools that the model has not seen yet, with the names of the tools.
  let results: [String]

  /// Reads the end of a conversation: all that came after the model's last words.
  init(_ messages: [ChatRequest.Message]) {
    let start = (messages.lastIndex { $0.role == "assistant" }).map { $0 + 1 } ?? 0
    let recent = messages[start...]
    let spoken = recent.filter { $0.role == "user" }.map(\.text)
    results = recent.filter { $0.role == "tool" || $0.role == "function" }.map(\.text)
    userText = spoken.last { !$0.hasPrefix("<system-reminder>") } ?? spoken.last ?? ""

    let steps = Self.steps(spoken.flatMap(Marker.parse))
    if results.isEmpty || steps.count > 1 || !steps[0].isEmpty {
      markers = steps[0]
      return
    }
    // Tools have answered. The text that began this may hold markers for later turns, one turn of the model each.
    for index in messages.indices.reversed() where messages[index].role == "user" {
      let steps = Self.steps(Marker.parse(messages[index].text))
      guard steps.count > 1 else { continue }
      let turn = messages[index...].count { $0.role == "assistant" }
      markers = turn < steps.count ? steps[turn] : []
      return
    }
    markers = []
  }

  private static func steps(_ markers: [Marker]) -> [[Marker]] {
    var steps: [[Marker]] = [[]]
    for marker in markers {
      if case .step = marker { steps.append([]) } else { steps[steps.count - 1].append(marker) }
    }
    return steps
  }
}
