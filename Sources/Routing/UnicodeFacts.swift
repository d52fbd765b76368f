/// The Unicode properties the regular expressions use, from the standard library's tables.
enum UnicodeFacts {
  /// `\d`: a decimal digit (general category Nd).
  static func isDigit(_ scalar: UInt32) -> Bool {
    if scalar < 128 { return scalar >= 0x30 && scalar <= 0x39 }
    return Unicode.Scalar(scalar)?.properties.generalCategory == .decimalNumber
  }

  /// `\w`: a letter, mark, digit, connector or joiner (UTS #18, annex C).
  static func isWord(_ scalar: UInt32) -> Bool {
    if scalar < 128 {
      return scalar >= 0x30 && scalar <= 0x39 || scalar | 0x20 >= 0x61 && scalar | 0x20 <= 0x7a || scalar == 0x5f
    }
    guard let properties = Unicode.Scalar(scalar)?.properties else { return false }
    if properties.isAlphabetic || properties.isJoinControl { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }

  /// `\s`: White_Space.
  static func isSpace(_ scalar: UInt32) -> Bool {
    if scalar < 128 { return scalar == 0x20 || scalar >= 0x09 && scalar <= 0x0d }
    return Unicode.Scalar(scalar)?.properties.isWhitespace ?? false
  }

  /// Whether `test` holds for a scalar that differs from this one in case only.
  static func anyCaseVariant(of scalar: UInt32, _ test: (UInt32) -> Bool) -> Bool {
    if scalar < 128 {
      let folded = scalar | 0x20
      guard folded >= 0x61, folded <= 0x7a else { return false }
      if test(scalar ^ 0x20) { return true }
      // The Kelvin sign and the long s have an ASCII letter as their other case.
      if folded == 0x6b { return test(0x212a) }
      return folded == 0x73 && test(0x17f)
    }
    guard let properties = Unicode.Scalar(scalar)?.properties else { return false }
    if let lower = single(properties.lowercaseMapping), lower != scalar, test(lower) { return true }
    if let upper = single(properties.uppercaseMapping), upper != scalar {
      if test(upper) { return true }
      // A final sigma's capital has another small letter.
      if let mapped = Unicode.Scalar(upper), let lower = single(mapped.properties.lowercaseMapping), test(lower) {
        return true
      }
    }
    return false
  }

  private static func single(_ text: String) -> UInt32? {
    var scalars = text.unicodeScalars.makeIterator()
    guard let first = scalars.next(), scalars.next() == nil else { return nil }
    return first.value
  }

  /// The abbreviations of the general categories (Unicode, table 4-4); a category's number is its place here.
  static let categoryNames: [String] = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm",
    "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  /// The number of a scalar's general category.
  static func category(of scalar: UInt32) -> UInt32 {
    guard let scalar = Unicode.Scalar(scalar) else { return 27 }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter: return 0
    case .lowercaseLetter: return 1
    case .titlecaseLetter: return 2
    case .modifierLetter: return 3
    case .otherLetter: return 4
    case .nonspacingMark: return 5
    case .spacingMark: return 6
    case .enclosingMark: return 7
    case .decimalNumber: return 8
    case .letterNumber: return 9
    case .otherNumber: return 10
    case .connectorPunctuation: return 11
    case .dashPunctuation: return 12
    case .openPunctuation: return 13
    case .closePunctuation: return 14
    case .initialPunctuation: return 15
    case .finalPunctuation: return 16
    case .otherPunctuation: return 17
    case .mathSymbol: return 18
    case .currencySymbol: return 19
    case .modifierSymbol: return 20
    case .otherSymbol: return 21
    case .spaceSeparator: return 22
    case .lineSeparator: return 23
    case .paragraphSeparator: return 24
    case .control: return 25
    case .format: return 26
    case .surrogate: return 27
    case .privateUse: return 28
    case .unassigned: return 29
    @unknown default: return 29
    }
  }
}
