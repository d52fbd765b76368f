/// A gzip stream (RFC 1952) of stored blocks (RFC 1951 §3.2.4): valid, decodable piece by piece, and without compression.
struct GzipStream {
  private var started = false
  private var checksum: UInt32 = 0xFFFF_FFFF
  private var count: UInt32 = 0

  /// The bytes that carry `data`, decodable as soon as they arrive.
  mutating func append(_ data: [UInt8]) -> [UInt8] {
    var result = header()
    var rest = data[...]
    while !rest.isEmpty {
      let block = rest.prefix(0xFFFF)
      result += Self.storedBlock(block, final: false)
      rest = rest.dropFirst(block.count)
    }
    for byte in data {
      checksum = Self.table[Int((checksum ^ UInt32(byte)) & 0xFF)] ^ (checksum >> 8)
    }
    count &+= UInt32(truncatingIfNeeded: data.count)
    return result
  }

  /// The end of the stream.
  mutating func finish() -> [UInt8] {
    var result = header() + Self.storedBlock([], final: true)
    for value in [~checksum, count] {
      for shift in [0, 8, 16, 24] { result.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
    return result
  }

  private mutating func header() -> [UInt8] {
    if started { return [] }
    started = true
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  }

  private static func storedBlock(_ data: ArraySlice<UInt8>, final: Bool) -> [UInt8] {
    let size = UInt16(truncatingIfNeeded: data.count)
    let lengths = [size, ~size].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    return [final ? 1 : 0] + lengths + data
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }
}
