/// Takes the DEFLATE format apart (RFC 1951), piece by piece: what can be told from the bytes that have come is told at once.
struct Inflater {
  /// What a step came to.
  enum Progress: Equatable {
    /// More bytes are needed.
    case needsInput
    /// There is more to tell than was asked for.
    case hasMore
    case ended
    case malformed
  }

  private enum State {
    case header
    case stored(remaining: Int)
    case compressed(literals: HuffmanCode, distances: HuffmanCode)
    case ended
  }

  private static let windowSize = 32768
  private var state = State.header
  private var isLastBlock = false
  /// The bytes last told, in a ring.
  private var window: [UInt8] = []
  private var windowEnd = 0

  /// Tells what can be told, about `limit` bytes at most.
  mutating func run(_ reader: inout BitReader, into output: inout [UInt8], limit: Int) -> Progress {
    let end = output.count + limit
    while true {
      let before = reader.position
      let progress: Progress?
      switch state {
      case .ended: return .ended
      case .header: progress = readHeader(&reader)
      case .stored(let remaining): progress = copy(remaining, &reader, into: &output, end: end)
      case .compressed(let literals, let distances):
        progress = decode(literals, distances, &reader, into: &output, end: end)
      }
      if case .header = state, progress == .needsInput { reader.goBack(to: before) }
      if let progress { return progress }
    }
  }

  private mutating func endBlock() { state = isLastBlock ? .ended : .header }

  /// - Returns: why it cannot go on; `nil` if it can.
  private mutating func readHeader(_ reader: inout BitReader) -> Progress? {
    guard let last = reader.bit(), let kind = reader.bits(2) else { return .needsInput }
    switch kind {
    case 0:
      reader.align()
      guard let length = reader.bits(16), let complement = reader.bits(16) else { return .needsInput }
      guard length == ~complement & 0xFFFF else { return .malformed }
      state = .stored(remaining: length)
    case 1:
      guard let literals = Self.fixedLiterals, let distances = Self.fixedDistances else { return .malformed }
      state = .compressed(literals: literals, distances: distances)
    case 2:
      switch DynamicCodes.read(&reader) {
      case .unfinished: return .needsInput
      case .invalid: return .malformed
      case .codes(let literals, let distances): state = .compressed(literals: literals, distances: distances)
      }
    default: return .malformed
    }
    isLastBlock = last == 1
    return nil
  }

  private mutating func copy(
    _ remaining: Int, _ reader: inout BitReader, into output: inout [UInt8], end: Int
  ) -> Progress? {
    var remaining = remaining
    while remaining > 0 {
      guard output.count < end else {
        state = .stored(remaining: remaining)
        return .hasMore
      }
      guard let byte = reader.byte() else {
        state = .stored(remaining: remaining)
        return .needsInput
      }
      tell(byte, &output)
      remaining -= 1
    }
    endBlock()
    return nil
  }

  private mutating func decode(
    _ literals: HuffmanCode, _ distances: HuffmanCode, _ reader: inout BitReader, into output: inout [UInt8], end: Int
  ) -> Progress? {
    while true {
      guard output.count < end else { return .hasMore }
      let before = reader.position
      switch literals.read(from: &reader) {
      case .invalid: return .malformed
      case .unfinished:
        reader.goBack(to: before)
        return .needsInput
      case .symbol(let symbol) where symbol < 256: tell(UInt8(symbol), &output)
      case .symbol(256):
        endBlock()
        return nil
      case .symbol(let symbol):
        guard let progress = repeatBytes(symbol - 257, distances, &reader, into: &output) else { continue }
        if progress == .needsInput { reader.goBack(to: before) }
        return progress
      }
    }
  }

  /// Reads the rest of a length and its distance, and repeats what stands there.
  private mutating func repeatBytes(
    _ place: Int, _ distances: HuffmanCode, _ reader: inout BitReader, into output: inout [UInt8]
  ) -> Progress? {
    guard place < Self.lengths.count else { return .malformed }
    guard let more = reader.bits(Self.lengths[place].bits) else { return .needsInput }
    switch distances.read(from: &reader) {
    case .unfinished: return .needsInput
    case .invalid: return .malformed
    case .symbol(let symbol):
      guard symbol < Self.distances.count else { return .malformed }
      guard let far = reader.bits(Self.distances[symbol].bits) else { return .needsInput }
      let distance = Self.distances[symbol].base + far
      guard distance <= window.count else { return .malformed }
      for _ in 0..<(Self.lengths[place].base + more) {
        tell(window[(windowEnd - distance) & (Self.windowSize - 1)], &output)
      }
      return nil
    }
  }

  private mutating func tell(_ byte: UInt8, _ output: inout [UInt8]) {
    output.append(byte)
    if window.count < Self.windowSize {
      window.append(byte)
    } else {
      window[windowEnd & (Self.windowSize - 1)] = byte
    }
    windowEnd &+= 1
  }

  // MARK: RFC 1951 §3.2.5, §3.2.6

  private static let lengths: [(base: Int, bits: Int)] = [
    (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (11, 1), (13, 1), (15, 1), (17, 1), (19, 2),
    (23, 2), (27, 2), (31, 2), (35, 3), (43, 3), (51, 3), (59, 3), (67, 4), (83, 4), (99, 4), (115, 4), (131, 5),
    (163, 5), (195, 5), (227, 5), (258, 0),
  ]

  private static let distances: [(base: Int, bits: Int)] = [
    (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (7, 1), (9, 2), (13, 2), (17, 3), (25, 3), (33, 4), (49, 4), (65, 5),
    (97, 5), (129, 6), (193, 6), (257, 7), (385, 7), (513, 8), (769, 8), (1025, 9), (1537, 9), (2049, 10), (3073, 10),
    (4097, 11), (6145, 11), (8193, 12), (12289, 12), (16385, 13), (24577, 13),
  ]

  private static let fixedLiterals = HuffmanCode(
    lengths: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }[...])
  private static let fixedDistances = HuffmanCode(lengths: [Int](repeating: 5, count: 32)[...])
}
