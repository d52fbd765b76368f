/// Well-formed UTF-8 sequences (RFC 3629 §4; Unicode 16, table 3-7).
enum UTF8Sequence {
  /// The length of the well-formed sequence at `offset`: 1 to 4, or 0 when there is none.
  /// `offset` must lie within `text`.
  @inline(__always)
  static func length(_ text: UnsafeRawBufferPointer, at offset: Int) -> Int {
    guard let base = text.baseAddress else { return 0 }
    return unsafe length(base, at: offset, count: text.count)
  }

  /// The same over a pointer to `count` readable bytes.
  @inline(__always)
  static func length(_ base: UnsafeRawPointer, at offset: Int, count: Int) -> Int {
    let first = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    if first < 0x80 { return 1 }
    let remaining = count &- offset
    @inline(__always) func byte(_ distance: Int) -> UInt8 {
      unsafe base.load(fromByteOffset: offset &+ distance, as: UInt8.self)
    }
    @inline(__always) func continues(_ distance: Int) -> Bool { byte(distance) & 0xC0 == 0x80 }
    if first < 0xE0 {
      return first >= 0xC2 && remaining >= 2 && continues(1) ? 2 : 0
    }
    if first < 0xF0 {
      guard remaining >= 3, continues(1), continues(2) else { return 0 }
      // E0 80…9F would be too long for its value, ED A0…BF a surrogate.
      if first == 0xE0 { return byte(1) >= 0xA0 ? 3 : 0 }
      if first == 0xED { return byte(1) < 0xA0 ? 3 : 0 }
      return 3
    }
    guard first < 0xF5, remaining >= 4, continues(1), continues(2), continues(3) else { return 0 }
    // F0 80…8F would be too long for its value, F4 90… lies above U+10FFFF.
    if first == 0xF0 { return byte(1) >= 0x90 ? 4 : 0 }
    if first == 0xF4 { return byte(1) < 0x90 ? 4 : 0 }
    return 4
  }

  /// How many bytes at `offset`, where no well-formed sequence stands, one U+FFFD replaces:
  /// the longest beginning of a sequence (Unicode 16, §3.9 "maximal subparts").
  static func lengthToReplace(_ text: UnsafeRawBufferPointer, at offset: Int) -> Int {
    let first = unsafe text[offset]
    let second: ClosedRange<UInt8>
    let wanted: Int
    switch first {
    case 0xC2...0xDF: (second, wanted) = (0x80...0xBF, 2)
    case 0xE0: (second, wanted) = (0xA0...0xBF, 3)
    case 0xED: (second, wanted) = (0x80...0x9F, 3)
    case 0xE1...0xEF: (second, wanted) = (0x80...0xBF, 3)
    case 0xF0: (second, wanted) = (0x90...0xBF, 4)
    case 0xF1...0xF3: (second, wanted) = (0x80...0xBF, 4)
    case 0xF4: (second, wanted) = (0x80...0x8F, 4)
    default: return 1
    }
    guard offset + 1 < text.count, unsafe second.contains(text[offset + 1]) else { return 1 }
    var length = 2
    while length < wanted, offset + length < text.count, unsafe text[offset + length] & 0xC0 == 0x80 { length += 1 }
    return length
  }
}
