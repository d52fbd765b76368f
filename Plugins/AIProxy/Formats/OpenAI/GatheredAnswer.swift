/// An answer put together from its pieces: what writers of whole answers have in common. Texts stay as escaped as they came.
struct GatheredAnswer {
  var reasoning: [UInt8] = []
  var text: [UInt8] = []
  private(set) var calls = ToolCallTable()

  /// The calls that have a name, in order.
  var namedCalls: [ToolCallTable.Call] {
    (0..<calls.count).map { calls[$0] }.filter { !$0.name.isEmpty }
  }

  mutating func addCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    guard let slot = calls.slot(position: position, identifier: identifier, name: name) else { return }
    calls[slot].arguments.append(arguments)
  }

  /// Gives calls ids that have none.
  mutating func nameCalls(_ answer: OpenAIAnswer) {
    for slot in 0..<calls.count where calls[slot].identifier.isEmpty {
      answer.appendToolIdentifier(slot, to: &calls[slot].identifier)
    }
  }
}
