/// Reads bits, the lowest first (RFC 1951 §3.1.1), from bytes that come piece by piece.
///
/// Whoever needs several bits in a row notes the position, tries, and goes back to it when they have not all come.
struct BitReader {
  /// A place between two bits.
  struct Position {
    fileprivate var offset: Int
    fileprivate var bit: Int
  }

  private var bytes: [UInt8] = []
  private(set) var position = Position(offset: 0, bit: 0)

  /// Adds what has come.
  mutating func append(_ more: borrowing Span<UInt8>) {
    // What was read is forgotten, so that memory is needed for one piece only.
    bytes.removeSubrange(..<position.offset)
    position.offset = 0
    bytes.append(more)
  }

  /// Whether every byte was read, or begun to be.
  var isEmpty: Bool { position.offset + (position.bit > 0 ? 1 : 0) >= bytes.count }

  /// Bytes that were not read, or not all of.
  var byteCount: Int { bytes.count - position.offset }

  mutating func goBack(to earlier: Position) { position = earlier }

  /// The next bit; `nil` when it has not come.
  mutating func bit() -> Int? {
    guard position.offset < bytes.count else { return nil }
    let value = Int(bytes[position.offset] >> UInt8(position.bit)) & 1
    if position.bit == 7 {
      position = Position(offset: position.offset + 1, bit: 0)
    } else {
      position.bit += 1
    }
    return value
  }

  /// A number of so many bits; `nil` when they have not all come.
  mutating func bits(_ count: Int) -> Int? {
    var value = 0
    for place in 0..<count {
      guard let bit = bit() else { return nil }
      value |= bit << place
    }
    return value
  }

  /// Leaves out what is left of a byte.
  mutating func align() {
    if position.bit > 0 { position = Position(offset: position.offset + 1, bit: 0) }
  }

  /// The next whole byte; the position must stand between two.
  mutating func byte() -> UInt8? {
    guard position.offset < bytes.count else { return nil }
    let value = bytes[position.offset]
    position.offset += 1
    return value
  }
}
