/// Goes through the elements of a comma-separated list (RFC 9110 §5.6.1), which may have whitespace around them and may
/// be empty. Commas inside quoted texts separate too: no list read with this may hold any.
struct ListElements {
  private let bytes: MessageBytes
  private var position: Int
  private let end: Int
  private var isFinished = false

  init(_ bytes: MessageBytes, _ value: ByteRange) {
    self.bytes = bytes
    position = Int(value.offset)
    end = Int(value.end)
  }

  /// The next element; there is at least one, and it may be empty.
  mutating func next() -> ByteRange? {
    guard !isFinished else { return nil }
    var start = position
    var stop = start
    while stop < end, bytes[stop] != UInt8(ascii: ",") { stop &+= 1 }
    isFinished = stop >= end
    position = stop &+ 1
    while start < stop, bytes[start].isOptionalWhitespace { start &+= 1 }
    while stop > start, bytes[stop &- 1].isOptionalWhitespace { stop &-= 1 }
    return ByteRange(from: start, to: stop)
  }
}
