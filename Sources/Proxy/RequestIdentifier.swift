import Glibc

/// What names a request in headers, error bodies and logs: 32 hexadecimal digits.
struct RequestIdentifier {
  var high: UInt64 = 0
  var low: UInt64 = 0

  /// The digits' number.
  static let length = 32

  func append(to buffer: ByteBuffer) {
    buffer.reserve(Self.length)
    Self.append(high, to: buffer)
    Self.append(low, to: buffer)
  }

  private static func append(_ value: UInt64, to buffer: ByteBuffer) {
    var shift: UInt64 = 64
    while shift > 0 {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: (value >> shift) & 15)
      buffer.append(byte: digit < 10 ? 48 &+ digit : 87 &+ digit)
    }
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
