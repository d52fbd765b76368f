/// Finds the lines of a message head in bytes that arrive piece by piece, looking at each byte once.
///
/// A line is handed out when it is complete, so what its reader finds doesn't depend on how the bytes were cut.
struct HeadScanner: Sendable {
  /// Where the current line begins; after the last line, where the head ends.
  private(set) var lineStart = 0
  /// How far line ends have been searched for.
  private(set) var searched = 0
  /// Empty lines skipped before the first one.
  private var emptyLines = 0
  private let headLimit: Int
  private let startLineLimit: Int
  private let fieldLineLimit: Int

  init(limits: HTTPLimits) {
    // Ranges have 32 bits, and a line's limit is added to a place inside the head.
    headLimit = min(max(limits.head, 0), 1 << 30)
    // From here on, line ends count.
    startLineLimit = min(max(limits.requestLine, 0), headLimit) + 2
    fieldLineLimit = min(max(limits.fieldLine, 0), headLimit) + 2
  }

  mutating func reset() {
    lineStart = 0
    searched = 0
    emptyLines = 0
  }

  /// The end of the first line, its line end not included; `nil` when more bytes are needed.
  /// `tooLong` is the error for a line beyond its limit.
  @inline(__always)
  mutating func endOfStartLine(
    in bytes: MessageBytes, tooLong: @autoclosure () -> HTTPError
  ) throws(HTTPError) -> Int? {
    try endOfLine(in: bytes, limit: startLineLimit, tooLong: tooLong())
  }

  /// The end of the current field line, its line end not included; `nil` when more bytes are needed.
  @inline(__always)
  mutating func endOfFieldLine(in bytes: MessageBytes) throws(HTTPError) -> Int? {
    try endOfLine(in: bytes, limit: fieldLineLimit, tooLong: .fieldLineTooLong)
  }

  /// Up to where the current field line may be read: what is there of it, and its limits.
  @inline(__always)
  func fieldLineBound(in bytes: MessageBytes) -> Int {
    min(bytes.count, min(lineStart &+ fieldLineLimit, headLimit))
  }

  /// Goes on to the line after the current one, which has been found to be `length` bytes long, line end included.
  @inline(__always)
  mutating func skipLine(length: Int) {
    lineStart &+= length
    searched = lineStart
  }

  @inline(__always)
  private mutating func endOfLine(
    in bytes: MessageBytes, limit: Int, tooLong: @autoclosure () -> HTTPError
  ) throws(HTTPError) -> Int? {
    // The line feed has to stand before this, whichever limit is met first.
    let lineBound = lineStart &+ limit
    let bound = min(lineBound, headLimit)
    let stop = min(bytes.count, bound)
    // The empty line needs no search.
    if lineStart &+ 1 < stop, bytes[lineStart] == UInt8(ascii: "\r"), bytes[lineStart &+ 1] == UInt8(ascii: "\n") {
      searched = lineStart &+ 2
      return lineStart
    }
    let lineFeed = searched < stop ? bytes.firstIndex(of: UInt8(ascii: "\n"), from: searched, to: stop) : -1
    guard lineFeed >= 0 else {
      if bytes.count >= bound { throw lineBound <= headLimit ? tooLong() : .headTooLarge }
      searched = stop
      return nil
    }
    guard lineFeed > lineStart, bytes[lineFeed &- 1] == UInt8(ascii: "\r") else { throw .bareLineFeed }
    searched = lineFeed &+ 1
    return lineFeed &- 1
  }

  /// Goes on to the line after the one whose end was found.
  @inline(__always)
  mutating func nextLine() { lineStart = searched }

  /// Skips empty lines (RFC 9112 §2.2), up to `limit`; `false` when more bytes are needed to know.
  @inline(__always)
  mutating func skipEmptyLines(in bytes: MessageBytes, limit: Int) throws(HTTPError) -> Bool {
    while lineStart < bytes.count {
      guard bytes[lineStart] == UInt8(ascii: "\r") else {
        if bytes[lineStart] == UInt8(ascii: "\n") { throw .bareLineFeed }
        return true
      }
      guard lineStart &+ 1 < bytes.count else { return false }
      guard bytes[lineStart &+ 1] == UInt8(ascii: "\n") else { throw .bareCarriageReturn }
      guard emptyLines < limit else { throw .tooManyEmptyLines }
      emptyLines += 1
      lineStart &+= 2
      searched = lineStart
      if lineStart >= headLimit { throw .headTooLarge }
    }
    return false
  }
}
