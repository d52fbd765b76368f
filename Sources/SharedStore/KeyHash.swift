/// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of a key, the same in all processes.
///
/// Keys often hold what clients send: without a secret they could choose keys that all fall into one bucket.
struct KeyHash: Sendable {
  private let first: UInt64
  private let second: UInt64

  init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }

  /// Safety: reads within the bounds of the key: whole words first, then the bytes that are left.
  func callAsFunction(_ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer) -> UInt64 {
    // A namespace is a key of its own.
    let first = first ^ (UInt64(namespace.index) &* 0x9E37_79B9_7F4A_7C15)
    var v0 = first ^ 0x736F_6D65_7073_6575
    var v1 = second ^ 0x646F_7261_6E64_6F6D
    var v2 = first ^ 0x6C79_6765_6E65_7261
    var v3 = second ^ 0x7465_6462_7974_6573

    @inline(__always) func round() {
      v0 = v0 &+ v1
      v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
      v0 = v0 &<< 32 | v0 &>> 32
      v2 = v2 &+ v3
      v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
      v0 = v0 &+ v3
      v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
      v2 = v2 &+ v1
      v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
      v2 = v2 &<< 32 | v2 &>> 32
    }

    var offset = 0
    while offset &+ 8 <= key.count {
      let word = unsafe UInt64(littleEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      v3 ^= word
      round()
      v0 ^= word
      offset &+= 8
    }
    var last = UInt64(truncatingIfNeeded: key.count) &<< 56
    var shift: UInt64 = 0
    while offset < key.count {
      unsafe last |= UInt64(key[offset]) &<< shift
      shift &+= 8
      offset &+= 1
    }
    v3 ^= last
    round()
    v0 ^= last
    v2 ^= 0xFF
    round()
    round()
    round()
    return v0 ^ v1 ^ v2 ^ v3
  }
}
