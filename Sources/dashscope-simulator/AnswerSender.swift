/// Writes one answer to a client, with the pace, the cuts and the framing that its faults ask for.
struct AnswerSender {
  private enum Stop: Error {
    case clientGone
    case fault
  }

  private enum Framing {
    case length(Int)
    case chunked
    case untilClose
  }

  private let socket: Socket
  private let faults: FaultPlan
  private let options: Options
  /// Whether the client asked to close the connection after the answer.
  var closes = false
  /// How many events were written.
  private(set) var events = 0
  /// Whether the connection has to be closed after the answer.
  private(set) var closesAfterwards = false

  private var pending: [UInt8] = []
  private var framing = Framing.chunked
  private var gzip: GzipStream?
  private var splits: PieceSizes?
  private var chunks: PieceSizes?
  private var pause = 0

  init(socket: Socket, faults: FaultPlan, options: Options) {
    self.socket = socket
    self.faults = faults
    self.options = options
    if let fault = faults[.split] {
      splits = PieceSizes(size: fault.number("size") ?? 1, seed: fault.number("seed"))
      pause = fault.number("pause") ?? 0
    }
    if let fault = faults[.rechunk] {
      chunks = PieceSizes(size: fault.number("size") ?? 1, seed: fault.number("seed"))
    }
  }

  /// Writes the answer; returns how that ended. Unless `complete`, the connection can't be used any more.
  mutating func send(_ answer: Answer) -> Recorder.Ending {
    do throws(Stop) {
      try beforeHead()
      switch answer.body {
      case .whole(let body): try send(answer, whole: body)
      case .events(let list): try send(answer, events: list)
      }
      return .complete
    } catch {
      switch error {
      case .clientGone:
        socket.close()
        return .clientGone
      case .fault: return .fault
      }
    }
  }

  private mutating func beforeHead() throws(Stop) {
    if let fault = faults[.stall], fault.number("after") == nil { try stall() }
    if let fault = faults[.reset], fault.number("after") == nil {
      socket.reset()
      throw .fault
    }
    try wait(faults[.slow]?.number("head") ?? 0)
    if faults.has(.interim) { append("HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n") }
    if faults.has(.badHead) {
      append("HTTP/1.1 two hundred\r\ncontent type: text/plain\r\n\r\nnot http\r\n")
      try closeWithFault()
    }
  }

  private mutating func send(_ answer: Answer, whole original: [UInt8]) throws(Stop) {
    var body = original
    if faults.has(.gzip) {
      var stream = GzipStream()
      body = stream.append(original) + stream.finish()
    }
    framing = faults.has(.untilClose) ? .untilClose : faults.has(.chunked) ? .chunked : .length(body.count)
    if let delta = faults[.contentLength]?.number("delta") {
      framing = .length(max(0, body.count + delta))
      closesAfterwards = true
    }
    appendHead(answer)
    let first = faults[.slow]?.number("first") ?? 0
    if first > 0 {
      try flush()
      try wait(first)
    }
    if let (fault, after) = breakPoint, after < body.count {
      appendBody(body[..<after])
      try flush()
      try act(fault)
    }
    appendBody(body[...])
    appendEnd()
    try flush()
  }

  private mutating func send(_ answer: Answer, events list: [StreamEvent]) throws(Stop) {
    framing = faults.has(.untilClose) ? .untilClose : .chunked
    if faults.has(.gzip) { gzip = GzipStream() }
    appendHead(answer)
    let first = faults[.slow]?.number("first") ?? options.firstTokenDelay
    let between = faults[.slow]?.number("token") ?? options.tokenDelay
    let together = faults[.join]?.number("count") ?? (options.coalesce ? .max : 1)
    let badChunk = faults[.badChunk]?.number("after")
    let stop = breakPoint
    var framer = EventFramer(faults: faults)
    var joined = 0
    for event in list {
      if let stop, stop.after == events {
        try flush()
        try act(stop.fault)
      }
      if badChunk == events {
        append("zz\r\n")
        try closeWithFault()
      }
      let delay = event.kind == .noise ? 0 : events == 0 ? first : between
      if delay > 0 {
        try flush()
        try wait(delay)
      }
      let frame = framer.frame(event)
      appendBody(gzip?.append(frame)[...] ?? frame[...])
      if event.kind != .noise { events += 1 }
      joined += 1
      if joined >= together {
        // The last chunk travels with the last event.
        if event.kind == .done { continue }
        try flush()
        joined = 0
      }
    }
    if let stop, stop.after == events {
      try flush()
      try act(stop.fault)
    }
    if var stream = gzip { appendBody(stream.finish()[...]) }
    appendEnd()
    try flush()
  }

  /// The fault that ends the answer early, and after how many events or bytes.
  private var breakPoint: (fault: FaultName, after: Int)? {
    for name in [FaultName.stall, .reset, .cut, .end] {
      if let after = faults[name]?.number("after") { return (name, after) }
    }
    return nil
  }

  private mutating func act(_ fault: FaultName) throws(Stop) {
    switch fault {
    case .stall: try stall()
    case .reset: socket.reset()
    case .end:
      if let bytes = gzip?.finish() { appendBody(bytes[...]) }
      appendEnd()
      try closeWithFault()
    default: socket.finish()
    }
    throw .fault
  }

  private func stall() throws(Stop) {
    socket.waitUntilGone()
    throw .clientGone
  }

  private mutating func closeWithFault() throws(Stop) {
    try flush()
    socket.finish()
    throw .fault
  }

  private func wait(_ milliseconds: Int) throws(Stop) {
    guard milliseconds > 0 else { return }
    do { try socket.wait(milliseconds: milliseconds) } catch { throw .clientGone }
  }

  // MARK: Bytes

  private mutating func appendHead(_ answer: Answer) {
    append("HTTP/1.1 \(answer.status) \(Answer.reason(answer.status))\r\n")
    for header in answer.headers { append("\(header.name): \(header.value)\r\n") }
    if faults.has(.gzip) { append("content-encoding: gzip\r\n") }
    if let size = faults[.bigHead]?.number("kilobytes") {
      append("x-simulator-filler: " + String(repeating: "f", count: max(0, size) * 1024) + "\r\n")
    }
    switch framing {
    case .length(let count): append("content-length: \(count)\r\n")
    case .chunked: append("transfer-encoding: chunked\r\n")
    case .untilClose: closesAfterwards = true
    }
    if closes || faults.has(.close) || faults.has(.untilClose) {
      append("connection: close\r\n")
      closesAfterwards = true
    }
    if faults.has(.closeSilently) { closesAfterwards = true }
    append("\r\n")
  }

  private mutating func appendBody(_ bytes: ArraySlice<UInt8>) {
    guard case .chunked = framing else {
      pending += bytes
      return
    }
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(chunks?.next() ?? rest.count)
      append(String(piece.count, radix: 16))
      append("\r\n")
      pending += piece
      append("\r\n")
      rest = rest.dropFirst(piece.count)
    }
  }

  private mutating func appendEnd() {
    if case .chunked = framing { append("0\r\n\r\n") }
  }

  private mutating func append(_ text: String) {
    pending += text.utf8
  }

  private mutating func flush() throws(Stop) {
    guard !pending.isEmpty else { return }
    defer { pending.removeAll(keepingCapacity: true) }
    do throws(Socket.Failure) {
      guard var sizes = splits else { return try socket.write(pending[...]) }
      var rest = pending[...]
      while !rest.isEmpty {
        let piece = rest.prefix(sizes.next())
        try socket.write(piece)
        if pause > 0 { Clock.sleep(microseconds: pause) }
        rest = rest.dropFirst(piece.count)
      }
      splits = sizes
    } catch { throw .clientGone }
  }
}

/// The sizes of the pieces into which bytes are cut: all the same, or random but the same for the same seed.
private struct PieceSizes {
  private let size: Int
  private var state: UInt64?

  init(size: Int, seed: Int?) {
    self.size = max(1, size)
    state = seed.map { UInt64(bitPattern: Int64($0)) }
  }

  mutating func next() -> Int {
    guard var state else { return size }
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    self.state = state
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return 1 + Int((mixed ^ (mixed >> 31)) % UInt64(size))
  }
}
