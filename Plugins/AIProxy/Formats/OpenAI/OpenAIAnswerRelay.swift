import JSON

/// Watches an answer on its way to a client that speaks as the upstream does: it reads usage, model and times, and
/// passes every byte on, except, when told so, the one event that carries usage which the client did not ask for.
struct OpenAIAnswerRelay {
  private enum Encoding {
    case unknown
    case events
    case object
  }

  private var parser: ServerSentEventParser
  private var handler: Handler
  private var encoding = Encoding.unknown
  private var object: [UInt8] = []
  private var wholeBody: [UInt8] = []
  private let limit: Int

  /// - Parameters:
  ///   - json: may be shared.
  ///   - dialect: what the upstream speaks.
  ///   - hidesUsageEvent: whether the event that has usage and no choice is left out.
  ///   - recorder: gathers a stream for the log.
  init(
    json: JSONReader, dialect: Dialect = .chatCompletions, hidesUsageEvent: Bool, limit: Int = 16 << 20,
    recorder: ChatMessageWriter? = nil
  ) {
    self.limit = limit
    parser = ServerSentEventParser(limit: limit)
    handler = Handler(reader: AnswerReader(dialect, json: json), filters: hidesUsageEvent)
    handler.observer.recorder = recorder
  }

  /// The answer for the log, if a recorder was given: a whole body as it came, a stream put together.
  var record: [UInt8]? {
    guard var recorder = handler.observer.recorder else { return nil }
    if encoding == .object { return wholeBody }
    recorder.end(explanation: nil)
    return recorder.output
  }

  /// What was seen so far.
  var observer: AnswerObserver { handler.observer }

  /// The error that a stream began with, in place of an answer.
  var leadingError: UpstreamError? { handler.leadingError }

  /// Whether the bytes for the client are in ``output``; else they are those that came.
  var isFiltering: Bool { handler.filters && encoding != .object }

  /// What goes to the client, if ``isFiltering``.
  var output: [UInt8] { handler.output }

  /// Forgets the bytes taken.
  mutating func removeOutput() {
    handler.output.removeAll(keepingCapacity: handler.output.capacity <= 16384)
  }

  /// Takes the next piece of the upstream's body.
  mutating func receive(_ bytes: borrowing Span<UInt8>) {
    if encoding == .unknown, !bytes.isEmpty {
      encoding = Self.mayBeginEvents(bytes[0]) ? .events : .object
    }
    switch encoding {
    case .unknown: return
    case .events:
      guard !parser.isOverflowing else {
        if handler.filters { handler.output.append(bytes) }
        return
      }
      parser.receive(bytes, into: &handler)
    case .object:
      guard object.count + bytes.count <= limit else { return }
      object.append(bytes)
    }
  }

  /// The body has ended.
  mutating func finish() {
    switch encoding {
    case .unknown: return
    case .events: parser.finish(into: &handler)
    case .object:
      var body: [UInt8] = []
      swap(&body, &object)
      handler.observe(body.span)
      if handler.observer.recorder != nil { wholeBody = body }
    }
  }

  /// Whether a stream of events may begin with this byte: with a field's name, a comment, a line's end, or a byte order mark.
  /// What begins otherwise is JSON, or something that no one has asked for, and passes as it is.
  private static func mayBeginEvents(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "d"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "r"), UInt8(ascii: ":"),
      UInt8(ascii: "\n"),
      UInt8(ascii: "\r"), 0xEF:
      true
    default: false
    }
  }

  private struct Handler: ServerSentEventSink {
    var reader: AnswerReader
    let filters: Bool
    var leadingError: UpstreamError?
    private var hasEvents = false
    var observer = AnswerObserver()
    var output: [UInt8] = []

    init(reader: AnswerReader, filters: Bool) {
      self.reader = reader
      self.filters = filters
    }

    mutating func observe(_ text: borrowing Span<UInt8>) {
      _ = reader.read(text, into: &observer)
    }

    mutating func receive(eventData: borrowing Span<UInt8>) {
      let outcome = reader.read(eventData, into: &observer)
      if !hasEvents {
        hasEvents = true
        if case .error(let error) = outcome { leadingError = error }
      }
      guard filters else { return }
      if case .content(hasChoice: false) = outcome { return }
      output.append("data: ")
      // A line feed within the data can only stand between JSON's tokens: each line is a data line again.
      var start = 0
      while let end = eventData.firstOffset(of: UInt8(ascii: "\n"), from: start) {
        output.append(eventData.extracting(start..<end))
        output.append("\ndata: ")
        start = end + 1
      }
      output.append(eventData.extracting(start..<eventData.count))
      output.append("\n\n")
    }
  }
}
