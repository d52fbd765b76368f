/// An ``AnswerTranslator`` of some writer: what an exchange asks of it. One call across this for each piece of a body.
protocol AnswerTranslating {
  associatedtype Writer: AnswerWriter

  var writer: Writer { get }
  var failure: Failure? { get }
  var isEnded: Bool { get }
  var hasFailed: Bool { get }
  var malformedEventCount: Int { get }
  var output: [UInt8] { get }

  mutating func removeOutput()
  mutating func swapOutput(_ buffer: inout [UInt8])
  mutating func receive(_ bytes: borrowing Span<UInt8>)
  mutating func finish(isComplete: Bool)
  mutating func commit()
  mutating func ping()
  mutating func stopWaiting()
  mutating func fail(_ failure: Failure)
}

extension AnswerTranslator: AnswerTranslating {}
