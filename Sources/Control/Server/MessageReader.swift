import HTTP

/// Takes requests out of the bytes of a connection.
struct MessageReader {
  /// What came of reading.
  enum Outcome {
    /// The request is not complete.
    case needMore
    /// A request is complete and was taken out of the input.
    case complete(ServerRequest, keepsAlive: Bool)
    /// The request is refused with this status; nothing behind it can be trusted.
    case failed(status: Int, reason: String)
  }

  private enum Body {
    case unknown
    case remaining(Int)
    case chunked
  }

  private static let httpLimits = HTTPLimits()
  private let bodyLimit: Int
  private var parser = RequestParser(limits: httpLimits)
  private let fields = FieldTable()
  private var decoder = ChunkedDecoder(limits: httpLimits)
  private var body = Body.unknown
  private var request: ServerRequest?
  private var keepsAlive = true
  private var expectsContinue = false
  /// Whether bytes of the head were seen.
  var hasBegun = false

  init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Makes ready for the next request.
  mutating func reset() {
    parser.reset()
    decoder.reset()
    body = .unknown
    request = nil
    expectsContinue = false
    hasBegun = false
  }

  /// Whether the head is complete and the body is not.
  var isReadingBody: Bool { request != nil }

  /// Whether the client waits for `100 Continue`; it is told once.
  mutating func takeExpectation() -> Bool {
    defer { expectsContinue = false }
    return expectsContinue
  }

  /// Reads on. What was used is taken out of the input.
  mutating func read(_ input: inout [UInt8]) -> Outcome {
    if request == nil {
      // The parser looks at the bytes only during the call.
      switch unsafe input.withUnsafeBytes({ unsafe parser.parse($0, fields: fields) }) {
      case .needMore: return .needMore
      case .failed(let error): return .failed(status: Int(error.status), reason: "\(error.reason)")
      case .complete(let length):
        if let refusal = takeHead(input, length) { return refusal }
        input.removeFirst(length)
      }
    }
    return readBody(&input)
  }

  private mutating func takeHead(_ input: [UInt8], _ length: Int) -> Outcome? {
    let head = parser.head
    func text(_ range: ByteRange) -> String {
      let bounds = Int(range.offset)..<Int(range.end)
      guard bounds.upperBound <= input.count else { return "" }
      return String(decoding: input[bounds], as: UTF8.self)
    }
    var request = ServerRequest(
      method: text(head.methodRange), path: head.path.isEmpty ? "/" : text(head.path),
      query: head.hasQuery ? text(head.query) : nil)
    for index in 0..<fields.count {
      request.headers.append((text(fields[index].name), text(fields[index].value)))
    }
    if head.method == .connect { return .failed(status: 405, reason: "Method not allowed") }
    keepsAlive = head.keepAlive
    expectsContinue = head.expectsContinue
    switch head.body {
    case .none, .untilClose: body = .remaining(0)
    case .chunked: body = .chunked
    case .length(let count):
      guard count <= UInt64(bodyLimit) else { return tooLarge }
      body = .remaining(Int(count))
    }
    self.request = request
    return nil
  }

  private var tooLarge: Outcome {
    .failed(status: 413, reason: "the body is larger than \(bodyLimit >> 20) MiB")
  }

  private mutating func readBody(_ input: inout [UInt8]) -> Outcome {
    switch body {
    case .unknown: return .needMore
    case .remaining(let count):
      let taken = min(count, input.count)
      if taken > 0 {
        request?.body += input[..<taken]
        input.removeFirst(taken)
      }
      body = .remaining(count - taken)
      if count > taken { return .needMore }
    case .chunked:
      // The decoder works within the bytes it is given.
      let result = unsafe input.withUnsafeMutableBytes { unsafe decoder.decode($0) }
      switch result {
      case .failed(let error): return .failed(status: Int(error.status), reason: "\(error.reason)")
      case .progress(let consumed, let data):
        request?.body += input[..<data]
        input.removeFirst(consumed)
        return (request?.body.count ?? 0) > bodyLimit ? tooLarge : .needMore
      case .finished(let consumed, let data):
        request?.body += input[..<data]
        input.removeFirst(consumed)
        if (request?.body.count ?? 0) > bodyLimit { return tooLarge }
      }
    }
    guard let complete = request else { return .needMore }
    return .complete(complete, keepsAlive: keepsAlive)
  }
}
