/// Ids of tool calls as Anthropic has them: letters, digits, `_` and `-`.
enum AnthropicToolIdentifier {
  /// Appends an upstream's id, with `_` for every other character. The client sends it back as it got it, with the call
  /// and with its result, so that nothing need be undone.
  static func append(_ identifier: [UInt8], to output: inout [UInt8]) {
    let start = output.count
    output.append(contentsOf: identifier)
    for index in start..<output.count where !isIdentifierCharacter(output[index]) {
      output[index] = UInt8(ascii: "_")
    }
  }

  /// Appends an id made here, as unique as the message's own, for the call at `position`.
  static func append(madeFor answer: AnthropicAnswer, position: Int, to output: inout [UInt8]) {
    output.append("toolu_")
    output.append(contentsOf: answer.messageIdentifier.utf8.dropFirst(4))
    output.append("_")
    output.append(decimal: position)
  }

  private static func isIdentifierCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
