extension RegularExpressionParser {
  /// A class outside of any other.
  mutating func parseClass() throws(RegularExpressionError) -> RegularExpressionNode {
    let set = try readClass()
    return .set(flags.ignoresCase ? .ignoringCase(set) : set)
  }

  /// Reads `[…]`: items joined by set operations, which all bind alike, to the left.
  private mutating func readClass() throws(RegularExpressionError) -> RegularExpressionSet {
    try enter()
    defer { depth -= 1 }
    let start = position
    position += 1
    let isNegated = skip("^")
    var items: [RegularExpressionSet] = []
    // Hyphens and a bracket in front stand for themselves.
    skipInsignificant()
    while skip("-") {
      items.append(.range(0x2d, 0x2d))
      skipInsignificant()
    }
    if items.isEmpty, skip("]") { items.append(.range(0x5d, 0x5d)) }
    var left: RegularExpressionSet?
    var operation: UInt32 = 0
    // Each operation makes the set one level deeper.
    var operationCount = 0
    while true {
      skipInsignificant()
      guard let value = current else { throw error("unclosed character class", at: start) }
      if value == 0x5d {
        position += 1
        let set = combine(left, operation, .union(items))
        return isNegated ? .complement(set) : set
      }
      if isAtOperation() {
        left = combine(left, operation, .union(items))
        operation = value
        items = []
        position += 2
        operationCount += 1
        if operationCount > Self.maximumDepth { throw error("too many set operations", at: position) }
        continue
      }
      items.append(try readItem(start))
    }
  }

  private func isAtOperation() -> Bool {
    for character: Unicode.Scalar in ["&", "-", "~"] where isAt(character) && isAt(character, ahead: 1) { return true }
    return false
  }

  private func combine(
    _ left: RegularExpressionSet?, _ operation: UInt32, _ right: RegularExpressionSet
  ) -> RegularExpressionSet {
    guard let left else { return right }
    switch operation {
    case 0x26: return .intersection(left, right)
    case 0x2d: return .difference(left, right)
    default: return .symmetricDifference(left, right)
    }
  }

  /// A nested class, a class with a name, a scalar or a range.
  private mutating func readItem(_ classStart: Int) throws(RegularExpressionError) -> RegularExpressionSet {
    let start = position
    if isAt("[") {
      if let set = try readPOSIXClass() { return set }
      return try readClass()
    }
    guard case .scalar(let first) = try readMember(classStart) else {
      // Not a scalar: read again, as what it is.
      position = start
      if case .set(let set) = try readMember(classStart) { return set }
      throw error("an assertion can't be part of a character class", at: start)
    }
    skipInsignificant()
    // A hyphen at the end stands for itself, and a double one is an operation.
    guard isAt("-"), !isAt("]", ahead: 1), !isAt("-", ahead: 1) else { return .range(first, first) }
    position += 1
    skipInsignificant()
    let lastPlace = position
    guard case .scalar(let last) = try readMember(classStart) else {
      throw error("a range must end in a single character", at: lastPlace)
    }
    if last < first { throw error("range with its ends reversed", at: start) }
    return .range(first, last)
  }

  private mutating func readMember(_ classStart: Int) throws(RegularExpressionError) -> Escape {
    guard let value = current else { throw error("unclosed character class", at: classStart) }
    if value == 0x5c { return try readEscape() }
    position += 1
    return .scalar(value)
  }

  /// `[:alpha:]` or `[:^alpha:]`; nil, having read nothing, if it is something else.
  private mutating func readPOSIXClass() throws(RegularExpressionError) -> RegularExpressionSet? {
    let start = position
    guard isAt(":", ahead: 1) else { return nil }
    position += 2
    let isNegated = skip("^")
    var name = ""
    while let value = current, value >= 0x61, value <= 0x7a, name.utf8.count < 8, let scalar = Unicode.Scalar(value) {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard isAt(":"), isAt("]", ahead: 1), let ranges = Self.posixClasses[name] else {
      position = start
      return nil
    }
    position += 2
    let set = RegularExpressionSet.union(ranges.map { .range($0.0, $0.1) })
    return isNegated ? .complement(set) : set
  }

  private static let posixClasses: [String: [(UInt32, UInt32)]] = [
    "alnum": [(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)],
    "alpha": [(0x41, 0x5a), (0x61, 0x7a)],
    "ascii": [(0x00, 0x7f)],
    "blank": [(0x09, 0x09), (0x20, 0x20)],
    "cntrl": [(0x00, 0x1f), (0x7f, 0x7f)],
    "digit": [(0x30, 0x39)],
    "graph": [(0x21, 0x7e)],
    "lower": [(0x61, 0x7a)],
    "print": [(0x20, 0x7e)],
    "punct": [(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)],
    "space": [(0x09, 0x0d), (0x20, 0x20)],
    "upper": [(0x41, 0x5a)],
    "word": [(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)],
    "xdigit": [(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
  ]
}
