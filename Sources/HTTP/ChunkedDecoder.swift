import Glibc

/// Decodes the chunked transfer coding (RFC 9112 §7.1) as bytes arrive, in place: content is moved to the front of
/// the buffer it came in, over the framing that stood there.
///
/// Extensions are checked and dropped; trailer fields are collected. One decoder serves one body at a time; a copy
/// of a decoder shares its trailer table with the original.
public struct ChunkedDecoder {
  /// What became of the bytes that were given.
  public enum Result {
    /// All were consumed; `data` bytes of content stand at the front of the buffer. There is more to come.
    case progress(consumed: Int, data: Int)
    /// The body is complete. `data` bytes of content stand at the front of the buffer; what stands from `consumed`
    /// on is not part of the body and has not been touched.
    case finished(consumed: Int, data: Int)
    /// The coding is malformed. Content that stood before the fault is at the front of the buffer, as many bytes as
    /// ``contentBeforeFailure`` says: a stream may still pass it on.
    case failed(HTTPError)
  }

  private enum State: UInt8 {
    case sizeStart, size, `extension`, sizeLineFeed
    case data, dataCarriageReturn, dataLineFeed
    case trailerStart, trailerLine, lastLineFeed
    case finished, failed
  }

  private let limits: HTTPLimits
  private var state = State.sizeStart
  /// The size being read, then the data bytes of the chunk that are still to come.
  private var remaining: UInt64 = 0
  /// Bytes of the chunk-size line so far.
  private var lineLength = 0
  private var extensionBytes = 0
  private var chunkExtension = ChunkExtension(startingWith: 0)
  private var section = TrailerSection()
  private var failure: HTTPError?
  /// How many bytes of content stand at the front of the buffer in which the coding turned out to be malformed; 0 on later
  /// calls.
  public private(set) var contentBeforeFailure = 0

  /// Makes a decoder that enforces `limits`.
  public init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// Makes ready for the next body.
  public mutating func reset() {
    state = .sizeStart
    remaining = 0
    lineLength = 0
    extensionBytes = 0
    section.removeAll()
    failure = nil
    contentBeforeFailure = 0
  }

  /// Whether the body is complete.
  public var isFinished: Bool { state == .finished }

  /// The trailer fields, once the body is complete; `nil` when there are none. Fields that must not come as trailers
  /// (RFC 9110 §6.5.1) are dropped. Ranges count from the start of ``trailerBytes``. Valid until ``reset()``.
  public var trailers: FieldTable? {
    guard state == .finished, let fields = section.fields, fields.count > 0 else { return nil }
    return fields
  }

  /// The bytes that the ranges of ``trailers`` count in.
  public var trailerBytes: [UInt8] { section.bytes }

  /// Decodes the next bytes of the body.
  ///
  /// - Parameter bytes: bytes that follow those of the last call; overwritten. May be empty.
  public mutating func decode(_ bytes: UnsafeMutableRawBufferPointer) -> Result {
    if let failure {
      contentBeforeFailure = 0
      return .failed(failure)
    }
    var read = 0
    var written = 0
    do throws(HTTPError) {
      while read < bytes.count, state != .finished {
        switch state {
        case .data: unsafe moveData(bytes, &read, &written)
        case .trailerLine: unsafe try collectTrailer(UnsafeRawBufferPointer(bytes), &read)
        default:
          // Below the count.
          unsafe try step(bytes[read])
          read &+= 1
        }
      }
    } catch {
      state = .failed
      failure = error
      contentBeforeFailure = written
      return .failed(error)
    }
    return state == .finished ? .finished(consumed: read, data: written) : .progress(consumed: read, data: written)
  }

  /// Moves what is there of the chunk's data to the front.
  @inline(__always)
  private mutating func moveData(_ bytes: UnsafeMutableRawBufferPointer, _ read: inout Int, _ written: inout Int) {
    guard let base = bytes.baseAddress else { return }
    let count = Int(truncatingIfNeeded: min(remaining, UInt64(bytes.count &- read)))
    // written never exceeds read, and read + count not the buffer; the regions may overlap.
    if written != read { unsafe memmove(base + written, base + read, count) }
    written &+= count
    read &+= count
    remaining &-= UInt64(count)
    if remaining == 0 { state = .dataCarriageReturn }
  }

  /// Copies what is there of a trailer line.
  private mutating func collectTrailer(_ bytes: UnsafeRawBufferPointer, _ read: inout Int) throws(HTTPError) {
    // The line feed has to stand within the limit, however the bytes were cut.
    let room = max(limits.trailers - section.bytes.count, 0)
    let stop = read + min(bytes.count - read, room)
    var end = read
    while end < stop, unsafe bytes[end] != UInt8(ascii: "\n") { end += 1 }
    if end == stop, stop - read == room { throw .trailersTooLarge }
    end = min(end + 1, stop)
    if unsafe try section.append(UnsafeRawBufferPointer(rebasing: bytes[read..<end]), limits: limits) {
      state = .trailerStart
    }
    read = end
  }

  /// Takes one byte of the framing.
  private mutating func step(_ byte: UInt8) throws(HTTPError) {
    switch state {
    case .sizeStart:
      guard CharacterClass.hexadecimal.contains(byte) else {
        throw byte == UInt8(ascii: "\r") || byte == UInt8(ascii: ";") ? .missingChunkSize : .invalidChunkSize
      }
      remaining = 0
      lineLength = 0
      try addDigit(byte)
      state = .size
    case .size:
      if CharacterClass.hexadecimal.contains(byte) {
        try addDigit(byte)
      } else if byte == UInt8(ascii: "\r") {
        state = .sizeLineFeed
      } else if byte == UInt8(ascii: ";") || byte.isOptionalWhitespace {
        chunkExtension = ChunkExtension(startingWith: byte)
        try countExtensionByte()
        state = .extension
      } else {
        throw byte == UInt8(ascii: "\n") ? .chunkLineEnd : .invalidChunkSize
      }
    case .extension:
      if byte == UInt8(ascii: "\r"), chunkExtension.mayEnd {
        state = .sizeLineFeed
      } else {
        guard byte != UInt8(ascii: "\n") else { throw .chunkLineEnd }
        guard chunkExtension.accept(byte) else { throw .invalidChunkExtension }
        try countExtensionByte()
      }
    case .sizeLineFeed:
      guard byte == UInt8(ascii: "\n") else { throw .chunkLineEnd }
      state = remaining == 0 ? .trailerStart : .data
    case .dataCarriageReturn:
      guard byte == UInt8(ascii: "\r") else { throw .chunkDataEnd }
      state = .dataLineFeed
    case .dataLineFeed:
      guard byte == UInt8(ascii: "\n") else { throw .chunkDataEnd }
      state = .sizeStart
    case .trailerStart:
      if byte == UInt8(ascii: "\r") {
        state = .lastLineFeed
      } else {
        try startTrailer(byte)
      }
    case .lastLineFeed:
      guard byte == UInt8(ascii: "\n") else { throw .bareCarriageReturn }
      state = .finished
    case .data, .trailerLine, .finished, .failed: break
    }
  }

  /// The first byte of a trailer line.
  private mutating func startTrailer(_ byte: UInt8) throws(HTTPError) {
    guard section.bytes.count < limits.trailers else { throw .trailersTooLarge }
    guard byte != UInt8(ascii: "\n") else { throw .bareLineFeed }
    _ = unsafe try withUnsafeBytes(of: byte) { (buffer) throws(HTTPError) -> Bool in
      try unsafe section.append(buffer, limits: limits)
    }
    state = .trailerLine
  }

  private mutating func addDigit(_ byte: UInt8) throws(HTTPError) {
    lineLength += 1
    guard lineLength <= limits.chunkLine else { throw .chunkLineTooLong }
    // What a signed number can't hold would be a negative size somewhere.
    guard remaining <= UInt64(Int64.max) >> 4 else { throw .chunkTooLarge }
    let value = byte.isDigit ? byte &- UInt8(ascii: "0") : (byte | 0x20) &- UInt8(ascii: "a") &+ 10
    remaining = remaining << 4 | UInt64(value)
  }

  private mutating func countExtensionByte() throws(HTTPError) {
    lineLength += 1
    guard lineLength <= limits.chunkLine else { throw .chunkLineTooLong }
    extensionBytes += 1
    guard extensionBytes <= limits.chunkExtensions else { throw .tooManyChunkExtensions }
  }
}
