/// A set of Unicode scalars: a class such as `[^a-z\d]`, or one of the classes with a name.
indirect enum RegularExpressionSet {
  case range(UInt32, UInt32)
  case digit, word, space
  /// The scalars of the general categories whose bits are set.
  case categories(UInt32)
  case union([RegularExpressionSet])
  case intersection(RegularExpressionSet, RegularExpressionSet)
  case difference(RegularExpressionSet, RegularExpressionSet)
  case symmetricDifference(RegularExpressionSet, RegularExpressionSet)
  case complement(RegularExpressionSet)
  /// The same set without regard to case: a member's other cases are members.
  case ignoringCase(RegularExpressionSet)

  /// Whether the set has the scalar.
  func contains(_ scalar: UInt32) -> Bool { contains(scalar, ignoringCase: false) }

  private func contains(_ scalar: UInt32, ignoringCase: Bool) -> Bool {
    switch self {
    case .union(let sets): return sets.contains { $0.contains(scalar, ignoringCase: ignoringCase) }
    case .intersection(let one, let other):
      return one.contains(scalar, ignoringCase: ignoringCase) && other.contains(scalar, ignoringCase: ignoringCase)
    case .difference(let one, let other):
      return one.contains(scalar, ignoringCase: ignoringCase) && !other.contains(scalar, ignoringCase: ignoringCase)
    case .symmetricDifference(let one, let other):
      return one.contains(scalar, ignoringCase: ignoringCase) != other.contains(scalar, ignoringCase: ignoringCase)
    case .complement(let set): return !set.contains(scalar, ignoringCase: ignoringCase)
    case .ignoringCase(let set): return set.contains(scalar, ignoringCase: true)
    case .range, .digit, .word, .space, .categories:
      if leafContains(scalar) { return true }
      return ignoringCase && UnicodeFacts.anyCaseVariant(of: scalar) { leafContains($0) }
    }
  }

  private func leafContains(_ scalar: UInt32) -> Bool {
    switch self {
    case .range(let first, let last): return scalar >= first && scalar <= last
    case .digit: return UnicodeFacts.isDigit(scalar)
    case .word: return UnicodeFacts.isWord(scalar)
    case .space: return UnicodeFacts.isSpace(scalar)
    case .categories(let bits): return bits >> UnicodeFacts.category(of: scalar) & 1 == 1
    default: return false
    }
  }
}

/// A set's members below 128, one bit each.
struct ASCIIBitmap: BitwiseCopyable {
  var low: UInt64 = 0
  var high: UInt64 = 0

  init(_ set: RegularExpressionSet) {
    for value in 0..<UInt32(64) {
      if set.contains(value) { low |= 1 << UInt64(value) }
      if set.contains(value + 64) { high |= 1 << UInt64(value) }
    }
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    ((scalar < 64 ? low : high) >> UInt64(scalar & 63)) & 1 == 1
  }
}
