import JSON
import Testing

@testable import AIProxy

/// What an upstream's chunks say, read without regard to how a translator works: each call's arguments put together.
private struct CallCollector {
  struct Call {
    var identifier: String
    var name: String
    var arguments: String
  }

  private var calls: [(index: Int?, call: Call)] = []

  /// The calls that have a name: nobody can run the others.
  var named: [Call] { calls.map(\.call).filter { !$0.name.isEmpty } }

  init(_ events: [String]) {
    for event in events {
      guard let choices = (try? JSONNode.parse(event))?["choices"]?.array,
        let choice = choices.first(where: { ($0["index"]?.integer ?? 0) == 0 }) ?? choices.first
      else { continue }
      for piece in choice["delta"]?["tool_calls"]?.array ?? [] { take(piece) }
      if let function = choice["delta"]?["function_call"], !function.isNull {
        take(["index": 0, "function": function])
      }
    }
  }

  private mutating func take(_ piece: JSONNode) {
    let identifier = piece["id"]?.string ?? ""
    let name = piece["function"]?["name"]?.string ?? ""
    let arguments = piece["function"]?["arguments"]?.string ?? ""
    let index = piece["index"]?.integer
    var place = calls.lastIndex { entry in
      index != nil ? entry.index == index : !identifier.isEmpty && entry.call.identifier == identifier
    }
    // Without index and id it goes on with the last.
    if place == nil, index == nil, identifier.isEmpty { place = calls.indices.last }
    // Another id with a name, where a call has one already, is another call.
    if let found = place, !identifier.isEmpty, !name.isEmpty, !calls[found].call.identifier.isEmpty,
      calls[found].call.identifier != identifier
    {
      place = nil
    }
    guard let place else {
      calls.append((index, Call(identifier: identifier, name: name, arguments: arguments)))
      return
    }
    if calls[place].call.identifier.isEmpty { calls[place].call.identifier = identifier }
    if calls[place].call.name.isEmpty { calls[place].call.name = name }
    calls[place].call.arguments += arguments
  }
}

/// Calls as a client of Anthropic's puts them together: names and arguments, block by block.
private func calls(in transcript: [String]) -> [(name: String, arguments: String)] {
  var result: [(name: String, arguments: String)] = []
  for event in transcript {
    if event.hasPrefix("cs"), event.contains(" tool_use ") {
      result.append((String(event.components(separatedBy: " ").last ?? ""), ""))
    } else if event.hasPrefix("cd"), let range = event.firstRange(of: " input_json:") {
      result[result.count - 1].arguments += event[range.upperBound...]
    }
  }
  return result
}

/// An answer that a generator makes up, and the ways upstreams have to tell it.
private struct RandomStory {
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  var text = ""
  var calls: [(name: String, arguments: String)] = []
  private var generator: Generator

  /// Strings as JSON writes them, with what is hard about it.
  private static let words = [
    "a", "你好", "😀", "é", #"\\n"#, #"\\\""#, "/", #"\\u00e9"#, #"\\ud83d\\ude00"#, " ", "{", "}", "[1,", "<think>",
    "data: ",
    #"\n\n"#, #"\t"#, #"\\\\"#,
  ]

  init(seed: UInt64) {
    generator = Generator(state: seed)
    for number in 0..<Int.random(in: 0...3, using: &generator) {
      // The insides of a JSON string within a JSON string; what a client gets is unescaped once.
      var members: [String] = []
      for name in ["b", "a"].prefix(Int.random(in: 0...2, using: &generator)) {
        members.append(#"\"\#(name)\":"# + value())
      }
      calls.append(("T\(number)", "{\(members.joined(separator: Bool.random(using: &generator) ? ", " : ","))}"))
    }
    if calls.isEmpty || Bool.random(using: &generator) {
      text = pick(4, from: ["Hel", "lo ", "世界", "😀", #"\n"#, #"\""#])
    }
  }

  private mutating func value() -> String {
    switch Int.random(in: 0...3, using: &generator) {
    case 0: return ["0", "-1.50", "9007199254740993", "1E+2", "true", "null"].randomElement(using: &generator) ?? "0"
    case 1: return "[" + value() + "]"
    default: return #"\""# + pick(5, from: Self.words) + #"\""#
    }
  }

  private mutating func pick(_ count: Int, from words: [String]) -> String {
    (0..<Int.random(in: 1...count, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
      .joined()
  }

  /// Cuts what stands in a JSON string where it may be cut: never within an escape.
  private mutating func cut(_ escaped: String) -> [String] {
    var units: [String] = []
    var rest = Substring(escaped)
    while let first = rest.first {
      let length = first == "\\" ? (rest.dropFirst().first == "u" ? 6 : 2) : 1
      units.append(String(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    var pieces: [String] = [""]
    for unit in units {
      if Int.random(in: 0...3, using: &generator) == 0 { pieces.append("") }
      pieces[pieces.count - 1] += unit
    }
    return pieces
  }

  /// The answer in chunks as DashScope writes them, calls one after the other or all at once.
  mutating func events() -> [String] {
    var lanes: [[String]] = text.isEmpty ? [] : [cut(text).map { AIProxyTests.text($0) }]
    for (index, call) in calls.enumerated() {
      let pieces = cut(call.arguments)
      let startsWhole = Bool.random(using: &generator)
      lanes.append(
        [toolStart(index, "c\(index)", call.name, startsWhole ? pieces[0] : "")]
          + pieces.dropFirst(startsWhole ? 1 : 0).map { toolMore(index, $0) })
    }
    var events = [roleChunk]
    let isInterleaved = Bool.random(using: &generator)
    while let first = lanes.indices.first {
      // The first pieces come in the order of the calls: that is what their order is.
      var open = lanes.count
      if isInterleaved { open = Int.random(in: 1...lanes.count, using: &generator) }
      let lane = isInterleaved ? Int.random(in: 0..<open, using: &generator) : first
      let isBegun = { (place: Int) in !(lanes[place].first?.contains(#""name":"T"#) ?? false) }
      let chosen = isBegun(lane) ? lane : lanes.indices.first { !isBegun($0) } ?? lane
      events.append(lanes[chosen].removeFirst())
      if lanes[chosen].isEmpty { lanes.remove(at: chosen) }
    }
    return events + [calls.isEmpty ? stop : toolStop, usageChunk, done]
  }

  mutating func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    let longest = [1, 7, 300, 5000].randomElement(using: &generator) ?? 7
    while !rest.isEmpty {
      let count = Int.random(in: 1...longest, using: &generator)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }
}

@Suite("What holds for every stream")
struct StreamPropertyTests {
  @Test("92: tool arguments come together to the upstream's bytes, block by block", arguments: streamCases)
  func arguments(_ given: StreamCase) {
    let bytes = frames(given.events)
    let expected = CallCollector(given.events).named
    for pieces in [[bytes], bytes.map { [$0] }] {
      let result = stream(
        pieces: pieces, answer: answer { $0.showsThinking = given.showsThinking },
        acceptsMissingFinish: given.acceptsMissingFinish, end: given.end)
      let found = calls(in: transcript(result.output))
      #expect(found.map(\.name) == expected.map(\.name))
      #expect(found.map(\.arguments) == expected.map { $0.arguments.isEmpty ? "{}" : $0.arguments })
    }
  }

  @Test("92: one start, one end, and never two blocks at a time", arguments: streamCases)
  func order(_ given: StreamCase) {
    let result = stream(
      pieces: [frames(given.events)], answer: answer { $0.showsThinking = given.showsThinking },
      acceptsMissingFinish: given.acceptsMissingFinish, end: given.end)
    let events = transcript(result.output)
    #expect(violations(events) == [])
    #expect(events.filter { $0 == "ms" }.count == 1)
    let starts = events.filter { $0.hasPrefix("cs") }.count
    // What breaks off leaves its last block open: the error says so.
    let stops = events.filter { $0.hasPrefix("cx") }.count
    #expect(starts == stops || (starts == stops + 1 && events.last?.hasPrefix("error") == true))
  }

  @Test(
    "92, 102: whatever the answer, however told and cut, every client gets all of it", arguments: MatrixFormat.allCases)
  func random(_ format: MatrixFormat) throws {
    for seed in 1...150 as ClosedRange<UInt64> {
      var story = RandomStory(seed: seed)
      if format == .completions { story.calls = [] }
      let events = story.events()
      let gateway = try Gateway(
        #"{\#(format.configuration),"logging":{"log_statistics":true},"model":{"provider":"dashscope","name":"m-1"}}"#)
      gateway.send(format.request(isStream: true), path: format.path)
      try #require(gateway.forwarded != nil)
      let output = gateway.receive(bytes: story.pieces(frames(events)))
      let answer = try format.understand(output, isStream: true)
      let text = try JSONNode.parse("\"\(story.text)\"").string ?? ""
      let calls = try story.calls.map { call in
        "\(call.name)(\(try JSONNode.parse("\"\(call.arguments)\"").string ?? ""))"
      }
      let expected = MatrixAnswer(text: text, calls: calls, finish: calls.isEmpty ? "stop" : "tool", usage: [10, 5])
      if answer != expected {
        Issue.record("seed \(seed): \(answer) instead of \(expected)\n\(events.joined(separator: "\n"))")
        return
      }
      if format == .anthropic, violations(transcript(output)) != [] {
        Issue.record("seed \(seed): \(violations(transcript(output)))")
        return
      }
    }
  }
}
