import HTTP

/// Takes one answer out of the bytes of a connection.
final class ResponseReader {
  enum Outcome {
    case needMore
    case complete(status: Int, body: [UInt8], keepsAlive: Bool)
  }

  private static let limits = HTTPLimits()
  private static let bodyLimit = 1 << 30
  private var parser = ResponseParser(limits: limits)
  private let fields = FieldTable()
  private var decoder = ChunkedDecoder(limits: limits)
  private let isHead: Bool
  private var hasHead = false
  private var body: [UInt8] = []

  init(isHead: Bool) {
    self.isHead = isHead
    parser.reset(requestMethodIsHEAD: isHead, requestIsCONNECT: false)
  }

  /// Reads on; what was used is taken out of the input.
  func read(_ input: inout [UInt8]) throws(CommandFailure) -> Outcome {
    while !hasHead {
      // The parser looks at the bytes only during the call.
      switch unsafe input.withUnsafeBytes({ unsafe parser.parse($0, fields: fields) }) {
      case .needMore: return .needMore
      case .failed(let error): throw CommandFailure("the answer is malformed: \(error.reason)")
      case .complete(let length):
        input.removeFirst(length)
        hasHead = !parser.head.isInterim
        if !hasHead { parser.reset(requestMethodIsHEAD: isHead, requestIsCONNECT: false) }
      }
    }
    guard body.count + input.count <= Self.bodyLimit else { throw CommandFailure("the answer is too large") }
    switch parser.head.body {
    case .none: return complete
    case .length(let count):
      guard let length = Int(exactly: count), length <= Self.bodyLimit else {
        throw CommandFailure("the answer is too large")
      }
      let taken = min(length - body.count, input.count)
      body += input[..<taken]
      input.removeFirst(taken)
      return body.count == length ? complete : .needMore
    case .untilClose:
      body += input
      input = []
      return .needMore
    case .chunked:
      // The decoder works within the bytes it is given.
      switch unsafe input.withUnsafeMutableBytes({ unsafe decoder.decode($0) }) {
      case .failed(let error): throw CommandFailure("the answer is malformed: \(error.reason)")
      case .progress(let consumed, let data):
        body += input[..<data]
        input.removeFirst(consumed)
        return .needMore
      case .finished(let consumed, let data):
        body += input[..<data]
        input.removeFirst(consumed)
        return complete
      }
    }
  }

  /// What the end of the stream completes.
  func finish() -> (status: Int, body: [UInt8])? {
    guard hasHead, parser.head.body == .untilClose else { return nil }
    return (Int(parser.head.status), body)
  }

  private var complete: Outcome {
    .complete(status: Int(parser.head.status), body: body, keepsAlive: parser.head.keepAlive)
  }
}
