import JSON

/// Turns the body of an upstream's successful response, given piece by piece, into the body for the client.
///
/// It is one synchronous state machine without input, output or clock of its own. What the upstream sends decides how it
/// is read, not what was asked for: an event stream is taken apart event by event, a single JSON object at its end,
/// whichever form the client gets. The result does not depend on how the body was cut into pieces.
struct AnswerTranslator<Writer: AnswerWriter> {
  /// How the upstream's body turned out to be written.
  private enum Encoding {
    case unknown
    case events
    case object
  }

  private var encoding = Encoding.unknown
  /// How much of a byte order mark came before anything else.
  private var markCount: UInt8 = 0
  private var parser: ServerSentEventParser
  // What every event touches stands in its first half: see AnthropicStreamWriter.
  private var handler: Handler
  /// The body so far, when it is a single object.
  private var object: [UInt8] = []
  private let options: AnswerOptions

  /// - Parameters:
  ///   - writer: writes in the client's format.
  ///   - json: may be shared: nothing of it is kept between calls.
  ///   - classify: what an error the upstream reports means.
  ///   - dialect: what the upstream speaks.
  init(
    writer: Writer, json: JSONReader, dialect: Dialect = .chatCompletions, options: AnswerOptions = AnswerOptions(),
    classify: @escaping @Sendable (UpstreamError) -> Failure
  ) {
    self.options = options
    parser = ServerSentEventParser(limit: options.limit)
    handler = Handler(
      writer: writer, reader: AnswerReader(dialect, json: json, findsInlineThinking: options.findsInlineThinking),
      options: options, classify: classify)
  }

  /// What was written and found.
  var writer: Writer { handler.writer }

  /// Why there is no answer, when that turned out before the response began: it can still get a status of its own.
  var failure: Failure? { handler.failure }

  /// Whether nothing more will come, so that the rest of the upstream's body does not matter.
  var isEnded: Bool { handler.isEnded }

  /// Whether the response ended with a failure after it had begun.
  var hasFailed: Bool { handler.hasFailed }

  /// How many events were no JSON and were passed over.
  var malformedEventCount: Int { handler.malformedEventCount }

  /// Bytes for the client; ``removeOutput()`` forgets them.
  var output: [UInt8] { handler.writer.output }

  /// Forgets the bytes taken.
  mutating func removeOutput() { handler.writer.removeOutput() }

  /// Changes the buffer of the output, bytes and all, for another one.
  mutating func swapOutput(_ buffer: inout [UInt8]) { handler.writer.swapOutput(&buffer) }

  /// Takes the next piece of the upstream's body.
  mutating func receive(_ bytes: borrowing Span<UInt8>) {
    guard !handler.isEnded else { return }
    var start = 0
    if encoding == .unknown {
      while start < bytes.count, isWhitespace(bytes[start]) || isMark(bytes[start]) { start += 1 }
      guard start < bytes.count else { return }
      encoding = bytes[start] == UInt8(ascii: "{") ? .object : .events
    }
    switch encoding {
    case .events, .unknown:
      parser.receive(bytes.extracting(start..<bytes.count), into: &handler)
      if parser.isOverflowing { handler.fail(Self.tooLarge) }
    case .object:
      guard object.count + bytes.count - start <= options.limit else {
        object = []
        handler.fail(Self.tooLarge)
        return
      }
      object.append(bytes.extracting(start..<bytes.count))
    }
  }

  /// The upstream's body has ended.
  /// - Parameter isComplete: whether it ended as its framing says, rather than by a broken connection.
  mutating func finish(isComplete: Bool) {
    guard !handler.isEnded else { return }
    if encoding == .object, isComplete {
      var body: [UInt8] = []
      swap(&body, &object)
      handler.receive(whole: body.span)
    } else {
      if isComplete { parser.finish(into: &handler) }
      if isComplete, encoding == .events, !handler.hasEvents {
        handler.fail(Failure(.api, "The upstream's answer is neither JSON nor a stream of events.", status: 502))
      }
      handler.finish(isComplete: isComplete)
    }
  }

  /// Begins the response although nothing has come: the client has waited long enough.
  mutating func commit() {
    guard !handler.isEnded else { return }
    handler.writer.start()
  }

  /// Shows the client that the connection is alive.
  mutating func ping() {
    guard !handler.isEnded else { return }
    handler.writer.ping()
  }

  /// The upstream has been silent for too long, or cannot be reached any more.
  mutating func fail(_ failure: Failure) {
    handler.fail(failure)
  }

  /// The upstream said why it stopped, but neither usage nor the end of the stream came in time: it is complete.
  mutating func stopWaiting() {
    guard !handler.isEnded, handler.writer.finishReason != nil else { return }
    handler.finish(isComplete: true)
  }

  private static var tooLarge: Failure {
    Failure(.api, "The upstream's answer is larger than this gateway takes.", status: 502)
  }

  /// Whether a byte belongs to a byte order mark, which some servers send before JSON and events alike.
  private mutating func isMark(_ byte: UInt8) -> Bool {
    let expected: UInt8? =
      switch markCount {
      case 0: 0xEF
      case 1: 0xBB
      case 2: 0xBF
      default: nil
      }
    guard byte == expected else { return false }
    markCount += 1
    return true
  }

  private func isWhitespace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }
}

extension AnswerTranslator {
  /// Reads events and decides how the answer ends. Apart from the translator only because the parser hands events to it.
  private struct Handler: ServerSentEventSink {
    /// There is a ``failure``.
    private(set) var hasFailure = false
    var hasFailed = false
    /// Whether an event came, of whatever kind.
    var hasEvents = false
    private var malformedInARow: UInt8 = 0
    var writer: Writer
    var reader: AnswerReader
    var malformedEventCount = 0
    let classify: @Sendable (UpstreamError) -> Failure
    let options: AnswerOptions
    var failure: Failure? { didSet { hasFailure = failure != nil } }

    /// This many events in a row that are no JSON mean that the upstream speaks something else.
    private static var malformedLimit: UInt8 { 3 }

    init(
      writer: Writer, reader: AnswerReader, options: AnswerOptions,
      classify: @escaping @Sendable (UpstreamError) -> Failure
    ) {
      self.writer = writer
      self.reader = reader
      self.options = options
      self.classify = classify
    }

    var isEnded: Bool { hasFailure || writer.isEnded }

    mutating func receive(eventData: borrowing Span<UInt8>) {
      guard !isEnded else { return }
      hasEvents = true
      if isDone(eventData) {
        finish(isComplete: true, isDone: true)
        return
      }
      if eventData.isEmpty { return }
      let outcome = reader.read(eventData, into: &writer)
      switch outcome {
      case .malformed:
        malformedEventCount += 1
        malformedInARow += 1
        if malformedInARow >= Self.malformedLimit {
          fail(Failure(.api, "The upstream's stream is malformed.", status: 502))
        }
        return
      case .empty: break
      case .content(let hasChoice):
        // The head leaves with what the model says, not with the news that it will speak: until then a failure has a
        // status of its own, and there may be another attempt.
        if hasChoice, writer.hasToken || (writer.finishReason.map { $0 != .failed } ?? false) { writer.start() }
      case .error(let error): report(error)
      }
      malformedInARow = 0
    }

    /// Takes a body that is one JSON object.
    mutating func receive(whole text: borrowing Span<UInt8>) {
      switch reader.read(text, into: &writer) {
      case .content(hasChoice: true):
        reader.finish(into: &writer)
        if writer.finishReason == .failed { finish(isComplete: true) } else { writer.end(explanation: nil) }
      case .error(let error): report(error)
      case .malformed: fail(Failure(.api, "The upstream's answer is not valid JSON.", status: 502))
      case .empty, .content: fail(Self.emptyAnswer)
      }
    }

    /// The stream has ended.
    mutating func finish(isComplete: Bool, isDone: Bool = false) {
      guard !isEnded else { return }
      reader.finish(into: &writer)
      if let reason = writer.finishReason {
        if reason == .failed {
          fail(Failure(.overloaded, "The upstream reports that the model failed to finish its answer."))
        } else {
          writer.end(explanation: nil)
        }
      } else if !writer.hasToken, !writer.isStarted {
        fail(isComplete ? Self.emptyAnswer : Self.brokenOff)
      } else if isDone, options.acceptsMissingFinishReason {
        writer.end(explanation: nil)
      } else {
        fail(Self.brokenOff)
      }
    }

    mutating func fail(_ failure: Failure) {
      guard !isEnded else { return }
      if writer.isStarted {
        hasFailed = true
        writer.fail(failure)
      } else {
        self.failure = failure
      }
    }

    private mutating func report(_ error: UpstreamError) {
      let failure = classify(error)
      if failure.isContentRefusal, writer.hasToken {
        writer.refuse(explanation: failure.message)
      } else {
        fail(failure)
      }
    }

    private func isDone(_ data: borrowing Span<UInt8>) -> Bool {
      guard data.count >= 6, data.count <= 16 else { return false }
      var start = 0
      var end = data.count
      while start < end, isBlank(data[start]) { start += 1 }
      while end > start, isBlank(data[end - 1]) { end -= 1 }
      return data.extracting(start..<end).equals("[DONE]")
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static var emptyAnswer: Failure {
      Failure(.api, "The upstream sent an empty response.", status: 502)
    }

    private static var brokenOff: Failure {
      Failure(.api, "The upstream ended its answer before it was finished.", status: 502)
    }
  }
}
