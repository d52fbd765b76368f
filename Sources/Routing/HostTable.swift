/// Finds a path tree by host: an open-addressing table over exact names, suffixes and prefixes.
///
/// The keys are the configuration's, so nobody can choose them to collide; a request can only ask.
struct HostTable: ~Copyable {
  struct Slot: BitwiseCopyable {
    var hash: UInt64 = 0
    var text = PoolText()
    var kind = HostPatternKind.exact
    /// `.max`: the slot is free.
    var root: UInt32 = .max
  }

  /// What a builder collects.
  struct Key: Hashable {
    var kind: HostPatternKind
    var text: [UInt8]
  }

  private let slots: FixedTable<Slot>
  private let pool: FixedTable<UInt8>
  private let mask: Int
  let hasExact: Bool
  let hasSuffixes: Bool
  let hasPrefixes: Bool

  init(_ roots: [(key: Key, root: UInt32)]) {
    var size = 1
    while size < roots.count * 2 { size *= 2 }
    mask = size - 1
    var pool: [UInt8] = []
    var slots = [Slot](repeating: Slot(), count: size)
    for (key, root) in roots {
      var hash = Self.seed
      for byte in key.kind == .suffix ? key.text.reversed() : key.text { Self.mix(&hash, byte) }
      var index = Self.slotIndex(hash, key.kind, mask: mask)
      while slots[index].root != .max { index = (index + 1) & mask }
      slots[index] = Slot(
        hash: hash, text: PoolText(offset: UInt32(pool.count), length: UInt32(key.text.count)), kind: key.kind,
        root: root)
      pool += key.text
    }
    self.slots = FixedTable(slots)
    self.pool = FixedTable(pool)
    hasExact = roots.contains { $0.key.kind == .exact }
    hasSuffixes = roots.contains { $0.key.kind == .suffix }
    hasPrefixes = roots.contains { $0.key.kind == .prefix }
  }

  /// The state of an empty hash (FNV-1a).
  static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Adds a byte, in lower case, to a hash. Suffixes are hashed from their end.
  @inline(__always)
  static func mix(_ hash: inout UInt64, _ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

  private static func slotIndex(_ hash: UInt64, _ kind: HostPatternKind, mask: Int) -> Int {
    Int(truncatingIfNeeded: (hash ^ hash >> 32) &+ UInt64(kind.rawValue)) & mask
  }

  /// The tree for the piece `range` of a host whose hash is known.
  func root(_ kind: HostPatternKind, _ hash: UInt64, _ host: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
    var index = Self.slotIndex(hash, kind, mask: mask)
    while true {
      let slot = slots[index]
      if slot.root == .max { return nil }
      if slot.hash == hash, slot.kind == kind, equals(slot.text, host, range) { return slot.root }
      index = (index + 1) & mask
    }
  }

  private func equals(_ text: PoolText, _ host: Span<UInt8>, _ range: Range<Int>) -> Bool {
    if Int(text.length) != range.count { return false }
    for offset in 0..<range.count
    where pool[Int(text.offset) + offset] != Bytes.lowercased(host[range.lowerBound + offset]) {
      return false
    }
    return true
  }
}
