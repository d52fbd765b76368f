// Properties that must hold for any bytes:
// - a head parsed in pieces, cut anywhere, gives what it gives in one piece: the same error or the same head;
// - a chunked body decoded in pieces gives the same content, end, trailers and error as in one piece;
// - every range lies inside the head, and names, values and targets hold only what they may;
// - nothing outside of the bytes is read (address sanitizer: every piece is a copy of its own).
//
// The first byte chooses what is tested, the second and third where the rest is cut.

/// Stops with a finding.
private func check(_ condition: Bool, _ what: StaticString, line: UInt = #line) {
  precondition(condition, "\(what)", line: line)
}

/// A copy of bytes in memory exactly as large, so that the sanitizer sees a read beyond its end.
@unsafe private struct Copy {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ source: UnsafeRawBufferPointer) {
    bytes = .allocate(byteCount: source.count, alignment: 1)
    bytes.copyMemory(from: source)
  }

  func free() { bytes.deallocate() }
}

/// Where pieces end: two cuts, or after every so many bytes.
private func cuts(_ first: UInt8, _ second: UInt8, count: Int) -> [Int] {
  if first == 0 { return Array(stride(from: 0, to: count, by: Int(second % 7) + 1)) }
  let one = Int(first) % (count + 1)
  let other = Int(second) * 7 % (count + 1)
  return [min(one, other), max(one, other)]
}

/// Everything in a field table, as numbers.
private func summary(_ fields: FieldTable) -> [UInt32] {
  (0..<fields.count).flatMap { index in
    let line = fields[index]
    return [line.name.offset, line.name.length, line.value.offset, line.value.length, UInt32(line.known.rawValue)]
  }
}

private func checkFields(_ fields: FieldTable, _ bytes: UnsafeRawBufferPointer, headLength: Int) {
  for index in 0..<fields.count {
    let line = fields[index]
    check(!line.name.isEmpty && line.name.end < line.value.offset + 1, "a value stands after its name")
    check(Int(line.value.end) + 4 <= headLength, "a value stands inside the head")
    let name = UnsafeRawBufferPointer(rebasing: bytes[Int(line.name.offset)..<Int(line.name.end)])
    let value = UnsafeRawBufferPointer(rebasing: bytes[Int(line.value.offset)..<Int(line.value.end)])
    check(FieldValue.isValidName(name) && FieldValue.isValidValue(value), "names and values can be sent on")
    check(FieldName.lookup(name) == line.known, "the name is known by the same name")
    check(!value.contains { $0 < 0x20 && $0 != 9 || $0 == 0x7F }, "a value holds no control")
  }
}

private func fuzzRequest(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) {
  var limits = HTTPLimits()
  limits.requestLine = 96
  limits.fieldLine = 64
  limits.head = 512
  limits.fieldCount = 12
  func run(_ ends: [Int]) -> (ParseProgress, RequestParser, FieldTable) {
    var parser = RequestParser(limits: limits)
    let fields = FieldTable(capacity: 1)
    var progress = ParseProgress.needMore
    for end in ends + [bytes.count] {
      let copy = Copy(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
      progress = parser.parse(UnsafeRawBufferPointer(copy.bytes), fields: fields)
      copy.free()
    }
    return (progress, parser, fields)
  }
  let (whole, parser, fields) = run([])
  let (cut, cutParser, cutFields) = run(ends)
  switch (whole, cut) {
  case (.needMore, .needMore): check(bytes.count < 512, "a head beyond its limit is refused")
  case (.failed(let one), .failed(let other)): check(one == other, "the error doesn't depend on the cuts")
  case (.complete(let length), .complete(let otherLength)):
    check(length == otherLength && length <= bytes.count, "the length doesn't depend on the cuts")
    check("\(parser.head)" == "\(cutParser.head)", "the head doesn't depend on the cuts")
    check(summary(fields) == summary(cutFields), "the fields don't depend on the cuts")
    checkFields(fields, bytes, headLength: length)
    let head = parser.head
    for range in [head.methodRange, head.target, head.authority, head.path, head.query, head.hostName] {
      check(Int(range.end) <= length, "parts stand inside the head")
      let part = bytes[Int(range.offset)..<Int(range.end)]
      check(!part.contains { $0 <= 0x20 || $0 == 0x7F }, "parts hold no space and no control")
    }
    check(!bytes[Int(head.target.offset)..<Int(head.target.end)].contains(0x23), "a target holds no fragment")
    check(head.body != .untilClose, "a request's end is known")
    check(head.minorVersion == 0 || head.host >= 0, "HTTP/1.1 has a Host")
    check(length >= 4 && bytes[length - 1] == 10 && bytes[length - 4] == 13, "a head ends with an empty line")
  default: check(false, "the outcome doesn't depend on the cuts")
  }
}

private func fuzzResponse(_ bytes: UnsafeRawBufferPointer, _ ends: [Int], flags: UInt8) {
  var limits = HTTPLimits()
  limits.requestLine = 48
  limits.fieldLine = 64
  limits.head = 512
  limits.fieldCount = 12
  func run(_ ends: [Int]) -> (ParseProgress, ResponseParser, FieldTable) {
    var parser = ResponseParser(limits: limits)
    parser.reset(requestMethodIsHEAD: flags & 1 != 0, requestIsCONNECT: flags & 2 != 0)
    let fields = FieldTable(capacity: 1)
    var progress = ParseProgress.needMore
    for end in ends + [bytes.count] {
      let copy = Copy(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
      progress = parser.parse(UnsafeRawBufferPointer(copy.bytes), fields: fields)
      copy.free()
    }
    return (progress, parser, fields)
  }
  let (whole, parser, fields) = run([])
  let (cut, cutParser, cutFields) = run(ends)
  switch (whole, cut) {
  case (.needMore, .needMore): check(bytes.count < 512, "a head beyond its limit is refused")
  case (.failed(let one), .failed(let other)):
    check(one == other && one.status == 502, "the error doesn't depend on the cuts")
  case (.complete(let length), .complete(let otherLength)):
    check(length == otherLength && length <= bytes.count, "the length doesn't depend on the cuts")
    check("\(parser.head)" == "\(cutParser.head)", "the head doesn't depend on the cuts")
    check(summary(fields) == summary(cutFields), "the fields don't depend on the cuts")
    checkFields(fields, bytes, headLength: length)
    check(parser.head.status < 1000, "a status has three digits")
  default: check(false, "the outcome doesn't depend on the cuts")
  }
}

private func fuzzChunked(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) {
  var limits = HTTPLimits()
  limits.chunkLine = 24
  limits.chunkExtensions = 48
  limits.trailers = 64
  limits.fieldCount = 4
  struct Outcome: Equatable {
    var error: HTTPError?
    var finished = false
    var content: [UInt8] = []
    var consumed = 0
    var trailers: [UInt32] = []
  }
  func run(_ ends: [Int]) -> Outcome {
    var decoder = ChunkedDecoder(limits: limits)
    var outcome = Outcome()
    var start = 0
    for end in ends + [bytes.count] {
      let copy = Copy(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      defer { copy.free() }
      switch decoder.decode(copy.bytes) {
      case .failed(let error): return Outcome(error: error)
      case .progress(let consumed, let data):
        check(consumed == end - start && data <= consumed, "all is consumed")
        outcome.consumed += consumed
        outcome.content += copy.bytes[..<data]
      case .finished(let consumed, let data):
        check(consumed <= end - start && data <= consumed, "no more is consumed than there is")
        check(
          copy.bytes[consumed...].elementsEqual(bytes[start..<end][(start + consumed)...]), "the rest is left alone")
        outcome.finished = true
        outcome.consumed += consumed
        outcome.content += copy.bytes[..<data]
        if let trailers = decoder.trailers {
          outcome.trailers = summary(trailers)
          decoder.trailerBytes.withUnsafeBytes { checkTrailers(trailers, $0) }
        }
      }
      start = end
    }
    return outcome
  }
  check(run([]) == run(ends), "the outcome doesn't depend on the cuts")
}

private func checkTrailers(_ trailers: FieldTable, _ bytes: UnsafeRawBufferPointer) {
  for index in 0..<trailers.count {
    check(Int(trailers[index].value.end) + 2 <= bytes.count, "a trailer stands inside its bytes")
    check(trailers[index].known != .contentLength && trailers[index].known != .host, "framing is no trailer")
  }
}

/// What libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let start, count >= 3 else { return 0 }
  let bytes = UnsafeRawBufferPointer(start: start + 3, count: count - 3)
  let ends = cuts(start[1], start[2], count: bytes.count)
  switch start[0] % 4 {
  case 0, 1: fuzzRequest(bytes, ends)
  case 2: fuzzResponse(bytes, ends, flags: start[0] >> 2)
  default: fuzzChunked(bytes, ends)
  }
  return 0
}
