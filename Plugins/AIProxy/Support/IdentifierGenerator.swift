/// Makes ids that do not repeat: from 128 random bits drawn once, and a counter.
struct IdentifierGenerator: Sendable {
  private let seed: (UInt64, UInt64)
  private var counter: UInt64 = 0

  /// A generator for one process.
  init() {
    var generator = SystemRandomNumberGenerator()
    self.init(seed: generator.next(), generator.next())
  }

  /// A generator whose ids are known, for tests.
  init(seed first: UInt64, _ second: UInt64) {
    seed = (first, second)
  }

  /// The next id: `prefix` and 24 letters and digits.
  mutating func next(prefix: StaticString) -> String {
    counter &+= 1
    var text: [UInt8] = []
    text.reserveCapacity(32)
    text.append(prefix)
    // The counter goes through the bijective finalizer of SplitMix64, so that ids differ for certain and look unlike.
    var word = mix(seed.0 &+ counter)
    for place in 0..<24 {
      if place == 12 { word = mix(seed.1 ^ (counter &* 0x9E37_79B9_7F4A_7C15)) }
      text.append(Self.digits[Int(word % 62)])
      word /= 62
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func mix(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9E37_79B9_7F4A_7C15
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
}
