/// Receives what a ``ServerSentEventParser`` finds.
protocol ServerSentEventSink {
  /// The data of one event, its lines joined with line feeds. Valid during the call only.
  mutating func receive(eventData: borrowing Span<UInt8>)
}

/// Splits a byte stream into server-sent events (WHATWG HTML §9.2.6) however it was cut into chunks.
///
/// Only `data` matters to the formats spoken here: `event`, `id`, `retry` and comments are skipped. An event that
/// lies whole in one chunk, the usual case, is handed on where it lies; only what a chunk boundary cuts is copied.
/// Every byte is looked at a bounded number of times, so a stream of one-byte chunks costs linear time.
struct ServerSentEventParser {
  /// The longest event accepted, in bytes.
  let limit: Int
  /// Whether an event longer than ``limit`` came; nothing is delivered after it.
  private(set) var isOverflowing = false

  /// The beginning of a line whose end has not come.
  private var line: [UInt8] = []
  /// The data lines of the event at hand.
  private var data: [UInt8] = []
  private var hasData = false
  /// The last byte was a carriage return: a line feed that follows belongs to it.
  private var skipsLineFeed = false
  /// No line was completed yet: it may begin with a byte order mark.
  private var isFirstLine = true

  init(limit: Int = 16 << 20) {
    self.limit = limit
  }

  /// Takes the next bytes and hands every event they complete to `sink`.
  mutating func receive<Sink: ServerSentEventSink>(_ bytes: borrowing Span<UInt8>, into sink: inout Sink) {
    let count = bytes.count
    var position = 0
    // The next line feed and carriage return at or after `position`; found once each, so that input with one kind
    // of line end is not searched to its end for the other again and again.
    var lineFeed = -1
    var carriageReturn = -1
    while position < count, !isOverflowing {
      if skipsLineFeed {
        skipsLineFeed = false
        if bytes[position] == UInt8(ascii: "\n") {
          position += 1
          continue
        }
      }
      if lineFeed < position { lineFeed = bytes.firstOffset(of: UInt8(ascii: "\n"), from: position) ?? count }
      if carriageReturn < position {
        carriageReturn = bytes.firstOffset(of: UInt8(ascii: "\r"), from: position) ?? count
      }
      let end = min(lineFeed, carriageReturn)
      if end == count {
        append(bytes.extracting(position..<count))
        return
      }
      if line.isEmpty {
        let next = lineEnd(at: end, in: bytes)
        if next < count, !hasData, endsLine(bytes[next]), let start = dataStart(of: bytes, from: position, to: end) {
          isFirstLine = false
          deliver(bytes.extracting(start..<end), into: &sink)
          position = lineEnd(at: next, in: bytes)
          continue
        }
        finishLine(bytes.extracting(position..<end), into: &sink)
        position = next
      } else {
        append(bytes.extracting(position..<end))
        if isOverflowing { return }
        finishPartialLine(into: &sink)
        position = lineEnd(at: end, in: bytes)
      }
    }
  }

  /// The stream has ended: an event without its blank line still counts.
  mutating func finish<Sink: ServerSentEventSink>(into sink: inout Sink) {
    guard !isOverflowing else { return }
    if !line.isEmpty { finishPartialLine(into: &sink) }
    dispatch(into: &sink)
  }

  private func endsLine(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// The offset behind the line end at `end`; notes a carriage return whose line feed may still come.
  private mutating func lineEnd(at end: Int, in bytes: borrowing Span<UInt8>) -> Int {
    guard bytes[end] == UInt8(ascii: "\r") else { return end + 1 }
    guard end + 1 < bytes.count else {
      skipsLineFeed = true
      return end + 1
    }
    return bytes[end + 1] == UInt8(ascii: "\n") ? end + 2 : end + 1
  }

  /// Where the value of a `data` line begins, or `nil` when the line is something else.
  private func dataStart(of bytes: borrowing Span<UInt8>, from start: Int, to end: Int) -> Int? {
    var start = start
    if isFirstLine, end - start >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB, bytes[start + 2] == 0xBF {
      start += 3
    }
    guard end - start >= 4, bytes.extracting(start..<start + 4).equals("data") else { return nil }
    start += 4
    if start == end { return end }
    guard bytes[start] == UInt8(ascii: ":") else { return nil }
    start += 1
    if start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
    return start
  }

  private mutating func finishPartialLine<Sink: ServerSentEventSink>(into sink: inout Sink) {
    // The buffer is moved out while its bytes are read, and moved back to keep its capacity.
    var partial: [UInt8] = []
    swap(&partial, &line)
    finishLine(partial.span, into: &sink)
    partial.removeAll(keepingCapacity: partial.capacity <= 4096)
    swap(&partial, &line)
  }

  private mutating func finishLine<Sink: ServerSentEventSink>(_ bytes: borrowing Span<UInt8>, into sink: inout Sink) {
    if bytes.isEmpty {
      isFirstLine = false
      dispatch(into: &sink)
      return
    }
    let start = dataStart(of: bytes, from: 0, to: bytes.count)
    isFirstLine = false
    guard let start else { return }
    guard data.count + (bytes.count - start) <= limit else {
      isOverflowing = true
      return
    }
    if hasData { data.append(UInt8(ascii: "\n")) }
    data.append(bytes.extracting(start..<bytes.count))
    hasData = true
  }

  private mutating func append(_ bytes: borrowing Span<UInt8>) {
    guard line.count + bytes.count <= limit + 16 else {
      isOverflowing = true
      line = []
      data = []
      return
    }
    line.append(bytes)
  }

  private mutating func dispatch<Sink: ServerSentEventSink>(into sink: inout Sink) {
    guard hasData else { return }
    hasData = false
    sink.receive(eventData: data.span)
    data.removeAll(keepingCapacity: data.capacity <= 4096)
  }

  private mutating func deliver<Sink: ServerSentEventSink>(_ bytes: borrowing Span<UInt8>, into sink: inout Sink) {
    guard bytes.count <= limit else {
      isOverflowing = true
      return
    }
    sink.receive(eventData: bytes)
  }
}
