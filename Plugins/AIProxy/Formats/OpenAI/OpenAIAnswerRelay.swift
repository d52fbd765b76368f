import JSON

/// Watches an OpenAI-compatible answer on its way to a client that speaks the same: it reads usage, model and times, and
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
  private let limit: Int

  /// - Parameters:
  ///   - json: may be shared.
  ///   - hidesUsageEvent: whether the event that has usage and no choice is left out.
  init(json: JSONReader, hidesUsageEvent: Bool, limit: Int = 16 << 20) {
    self.limit = limit
    parser = ServerSentEventParser(limit: limit)
    handler = Handler(reader: ChatCompletionReader(json: json), filters: hidesUsageEvent)
  }

  /// What was seen so far.
  var observer: AnswerObserver { handler.observer }

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
      encoding = bytes[0] == UInt8(ascii: "{") ? .object : .events
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
    }
  }

  private struct Handler: ServerSentEventSink {
    var reader: ChatCompletionReader
    let filters: Bool
    var observer = AnswerObserver()
    var output: [UInt8] = []

    init(reader: ChatCompletionReader, filters: Bool) {
      self.reader = reader
      self.filters = filters
    }

    mutating func observe(_ text: borrowing Span<UInt8>) {
      _ = reader.read(text, into: &observer)
    }

    mutating func receive(eventData: borrowing Span<UInt8>) {
      let outcome = reader.read(eventData, into: &observer)
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
