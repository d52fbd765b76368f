import Glibc

/// What names a request in headers, error bodies and logs: 32 hexadecimal digits.
struct RequestIdentifier {
  var high: UInt64 = 0
  var low: UInt64 = 0

  /// The digits' number.
  static let length = 32

  func append(to buffer: ByteBuffer) {
    buffer.append(word: Self.digits(high >> 32))
    buffer.append(word: Self.digits(high & 0xFFFF_FFFF))
    buffer.append(word: Self.digits(low >> 32))
    buffer.append(word: Self.digits(low & 0xFFFF_FFFF))
  }

  /// The eight digits of 32 bits, as the bytes of a word: the first digit in the lowest byte.
  private static func digits(_ value: UInt64) -> UInt64 {
    // One nibble a byte, the highest nibble in the lowest byte.
    var spread = ((value & 0x0000_FFFF) << 32) | (value >> 16)
    spread = ((spread & 0x0000_00FF_0000_00FF) << 16) | ((spread >> 8) & 0x0000_00FF_0000_00FF)
    spread = ((spread & 0x000F_000F_000F_000F) << 8) | ((spread >> 4) & 0x000F_000F_000F_000F)
    // Those from 10 on get the distance from '9' + 1 to 'a' added.
    let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
    return spread &+ 0x3030_3030_3030_3030 &+ letters &* 39
  }
}

/// Makes identifiers: a counter through a mixing function, from a random start, so that workers never meet.
struct RequestIdentifierSource {
  private var state: UInt64
  private let stream: UInt64

  init() {
    var random = SystemRandomNumberGenerator()
    state = random.next()
    stream = random.next() | 1
  }

  mutating func next() -> RequestIdentifier {
    state &+= stream
    return RequestIdentifier(high: Self.mix(state), low: Self.mix(state ^ stream))
  }

  /// The finaliser of SplitMix64: a bijection, so that distinct counts give distinct identifiers.
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
