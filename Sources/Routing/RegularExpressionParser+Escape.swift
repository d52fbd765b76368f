extension RegularExpressionParser {
  /// What an escape stands for.
  enum Escape {
    case scalar(UInt32)
    case set(RegularExpressionSet)
    case assertion(RegularExpressionAssertion)
  }

  /// An escape outside a class.
  mutating func parseEscape() throws(RegularExpressionError) -> RegularExpressionNode {
    switch try readEscape() {
    case .scalar(let value): return literal(value)
    case .set(let set): return .set(flags.ignoresCase ? .ignoringCase(set) : set)
    case .assertion(let assertion): return .assertion(assertion)
    }
  }

  /// Reads the escape at the current place, inside or outside of a class.
  mutating func readEscape() throws(RegularExpressionError) -> Escape {
    let start = position
    position += 1
    guard let value = current, let character = Unicode.Scalar(value) else {
      throw error("incomplete escape: the pattern ends after `\\`", at: start)
    }
    position += 1
    switch character {
    case "d": return .set(.digit)
    case "D": return .set(.complement(.digit))
    case "w": return .set(.word)
    case "W": return .set(.complement(.word))
    case "s": return .set(.space)
    case "S": return .set(.complement(.space))
    case "p": return .set(try readProperty(start))
    case "P": return .set(.complement(try readProperty(start)))
    case "b":
      if isAt("{") { throw error("word boundaries of the form `\\b{…}` are not supported", at: start) }
      return .assertion(.wordBoundary)
    case "B": return .assertion(.notWordBoundary)
    case "<": return .assertion(.wordStart)
    case ">": return .assertion(.wordEnd)
    case "A": return .assertion(.textStart)
    case "z": return .assertion(.textEnd)
    case "t": return .scalar(0x09)
    case "n": return .scalar(0x0a)
    case "r": return .scalar(0x0d)
    case "a": return .scalar(0x07)
    case "f": return .scalar(0x0c)
    case "v": return .scalar(0x0b)
    case "x": return .scalar(try readHexadecimal(start, digits: 2))
    case "u": return .scalar(try readHexadecimal(start, digits: 4))
    case "U": return .scalar(try readHexadecimal(start, digits: 8))
    case "0"..."9", "k": throw error("back-references are not supported", at: start)
    default:
      // Only punctuation: an unknown letter may get a meaning later. In verbose mode a space may be escaped, too.
      let isPunctuation = value < 0x7f && value > 0x20 && !UnicodeFacts.isWord(value) || character == "_"
      if isPunctuation || flags.ignoresWhitespace && character == " " { return .scalar(value) }
      throw error("unrecognised escape `\\\(character)`", at: start)
    }
  }

  /// The digits of `\xHH` and its like, or any number of them in braces.
  private mutating func readHexadecimal(_ start: Int, digits: Int) throws(RegularExpressionError) -> UInt32 {
    let isBraced = skip("{")
    let first = position
    var value: UInt32 = 0
    while let scalar = current, isBraced || position - first < digits {
      let digit: UInt32
      switch scalar {
      case 0x30...0x39: digit = scalar - 0x30
      case 0x41...0x46: digit = scalar - 0x41 + 10
      case 0x61...0x66: digit = scalar - 0x61 + 10
      case 0x7d where isBraced && position > first:
        position += 1
        return try validated(value, start)
      default: throw error("invalid hexadecimal digit", at: position)
      }
      guard value <= 0x10ffff else { throw error("not a Unicode scalar value", at: start) }
      value = value << 4 | digit
      position += 1
    }
    if isBraced || position - first < digits { throw error("incomplete escape", at: start) }
    return try validated(value, start)
  }

  private func validated(_ value: UInt32, _ start: Int) throws(RegularExpressionError) -> UInt32 {
    guard Unicode.Scalar(value) != nil else { throw error("not a Unicode scalar value", at: start) }
    return value
  }

  /// `\pL`, `\p{Lu}`, `\p{^Lu}`: general categories and their groups.
  private mutating func readProperty(_ start: Int) throws(RegularExpressionError) -> RegularExpressionSet {
    var name = String.UnicodeScalarView()
    var isNegated = false
    if skip("{") {
      isNegated = skip("^")
      while let value = current, value != 0x7d, name.count < 64 {
        if let scalar = Unicode.Scalar(value) { name.append(scalar) }
        position += 1
      }
      if !skip("}") { throw error("unclosed Unicode class", at: start) }
    } else if let value = current, let scalar = Unicode.Scalar(value) {
      name.append(scalar)
      position += 1
    }
    let text = String(name)
    if text == "Any" { return isNegated ? .complement(.range(0, 0x10ffff)) : .range(0, 0x10ffff) }
    var bits: UInt32 = 0
    for (index, category) in UnicodeFacts.categoryNames.enumerated()
    where category == text || text.utf8.count == 1 && category.utf8.first == text.utf8.first {
      bits |= 1 << UInt32(index)
    }
    if bits == 0 {
      throw error(
        "Unicode class `\(text)` is not supported: only general categories (such as `L` or `Lu`) are", at: start)
    }
    return isNegated ? .complement(.categories(bits)) : .categories(bits)
  }
}
