/// An instruction to the simulated model, written into the text of a prompt as `[[NAME]]` or `[[NAME:ARGUMENT]]`.
enum Marker {
  /// Answer with exactly this text.
  case say(String)
  /// Answer with this many tokens of text.
  case long(Int)
  /// Think first: this text, or a standard one.
  case reasoning(String?)
  /// Call a tool; without arguments they are made from its schema.
  case tool(name: String, arguments: String?)
  /// Have faults.
  case fault(String)
  /// What follows is for the next turn, after the tools have answered.
  case step

  /// The markers in a text, in order. What looks like one and is none is left alone.
  static func parse(_ text: String) -> [Marker] {
    guard text.utf8.contains(UInt8(ascii: "[")) else { return [] }
    let bytes = Array(text.utf8)
    var markers: [Marker] = []
    var position = 0
    while position + 3 < bytes.count {
      guard bytes[position] == UInt8(ascii: "["), bytes[position + 1] == UInt8(ascii: "["),
        let end = closing(bytes, from: position + 2)
      else {
        position += 1
        continue
      }
      if let marker = marker(String(decoding: bytes[(position + 2)..<end], as: UTF8.self)) {
        markers.append(marker)
        position = end + 2
      } else {
        position += 1
      }
    }
    return markers
  }

  /// The place of the `]]` that closes a marker. Brackets in a JSON object do not.
  private static func closing(_ bytes: [UInt8], from start: Int) -> Int? {
    var depth = 0
    var inString = false
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      if inString {
        if byte == UInt8(ascii: "\\") { position += 1 }
        if byte == UInt8(ascii: "\"") { inString = false }
      } else if depth > 0, byte == UInt8(ascii: "\"") {
        inString = true
      } else if byte == UInt8(ascii: "{") {
        depth += 1
      } else if byte == UInt8(ascii: "}") {
        depth -= 1
      } else if depth <= 0, byte == UInt8(ascii: "]"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "]")
      {
        return position
      }
      position += 1
    }
    return nil
  }

  private static func marker(_ text: String) -> Marker? {
    let colon = text.firstIndex(of: ":")
    let name = colon.map { String(text[..<$0]) } ?? text
    let argument = colon.map { String(text[text.index(after: $0)...]) }
    switch (name, argument) {
    case ("step", nil): return .step
    case ("reasoning", _): return .reasoning(argument)
    case ("say", .some(let text)): return .say(text)
    case ("fault", .some(let text)): return .fault(text)
    case ("long", .some(let text)): return Int(text).map { .long(min(max(0, $0), 1_000_000)) }
    case ("tool", .some(let text)):
      let parts = text.split(separator: " ", maxSplits: 1)
      guard let name = parts.first else { return nil }
      return .tool(name: String(name), arguments: parts.count > 1 ? String(parts[1]) : nil)
    default: return nil
    }
  }
}
