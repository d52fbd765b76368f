/// Takes the gzip format apart (RFC 1952), piece by piece, for upstreams that compress although they were asked not to.
struct GzipDecoder {
  /// What a step came to.
  enum Progress: Equatable {
    /// All that can be told was told.
    case needsInput
    /// There is more to tell than was asked for.
    case hasMore
    case malformed
  }

  private enum State {
    case header
    case body
    case trailer
    /// Between two members, of which there is usually one.
    case between
  }

  /// A header is read again until all of it is there: one whose name has no end is none.
  private static let longestHeader = 65536

  private var reader = BitReader()
  private var inflater = Inflater()
  private var state = State.header
  private var checksum: UInt32 = 0
  private var length: UInt32 = 0

  /// Whether the body may end here.
  var isComplete: Bool {
    if case .between = state { return reader.isEmpty }
    return false
  }

  /// Takes what has come.
  mutating func append(_ bytes: borrowing Span<UInt8>) { reader.append(bytes) }

  /// Tells what can be told, about `limit` bytes at most.
  mutating func run(into output: inout [UInt8], limit: Int) -> Progress {
    while true {
      switch state {
      case .between:
        if reader.isEmpty { return .needsInput }
        state = .header
      case .header:
        let before = reader.position
        guard let isRight = readHeader() else {
          reader.goBack(to: before)
          return reader.byteCount > Self.longestHeader ? .malformed : .needsInput
        }
        guard isRight else { return .malformed }
        (inflater, checksum, length, state) = (Inflater(), 0, 0, .body)
      case .body:
        let start = output.count
        let progress = inflater.run(&reader, into: &output, limit: limit)
        checksum = Self.checksum(checksum, output.span.extracting(start..<output.count))
        length &+= UInt32(truncatingIfNeeded: output.count - start)
        switch progress {
        case .needsInput: return .needsInput
        case .hasMore: return .hasMore
        case .malformed: return .malformed
        case .ended:
          reader.align()
          state = .trailer
        }
      case .trailer:
        let before = reader.position
        guard let sum = reader.bits(32), let size = reader.bits(32) else {
          reader.goBack(to: before)
          return .needsInput
        }
        guard sum == Int(checksum), size == Int(length) else { return .malformed }
        state = .between
      }
    }
  }

  /// - Returns: whether it is one; `nil` when not all of it has come.
  private mutating func readHeader() -> Bool? {
    guard let first = reader.byte(), let second = reader.byte(), let method = reader.byte(), let flags = reader.byte()
    else { return nil }
    guard first == 0x1F, second == 0x8B, method == 8, flags & 0xE0 == 0 else { return false }
    for _ in 0..<6 where reader.byte() == nil { return nil }
    if flags & 4 != 0 {
      guard let low = reader.byte(), let high = reader.byte() else { return nil }
      for _ in 0..<(Int(high) << 8 | Int(low)) where reader.byte() == nil { return nil }
    }
    // Name and comment, each with a zero at its end.
    for flag in [8, 16] as [UInt8] where flags & flag != 0 {
      while true {
        guard let byte = reader.byte() else { return nil }
        if byte == 0 { break }
      }
    }
    if flags & 2 != 0 {
      for _ in 0..<2 where reader.byte() == nil { return nil }
    }
    return true
  }

  // MARK: CRC-32 (RFC 1952 §8)

  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    return value
  }

  private static func checksum(_ sum: UInt32, _ bytes: borrowing Span<UInt8>) -> UInt32 {
    var value = ~sum
    for index in 0..<bytes.count { value = table[Int((value ^ UInt32(bytes[index])) & 0xFF)] ^ value >> 8 }
    return ~value
  }
}
