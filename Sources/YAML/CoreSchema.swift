import JSON

/// The core schema (section 10.3.2) in terms of JSON.
enum CoreSchema {
  /// Why a scalar has no JSON value.
  struct Fault: Error {
    var message: String
    var hint: String?
  }

  /// The value of a scalar with a tag or, when it has none, with the type that its text shows.
  static func resolve(_ scalar: Scalar, tag: Tag?) -> Result<JSONNode.Content, Fault> {
    switch tag {
    case nil, .unknown:
      return scalar.style == .plain ? plain(scalar.text) : .success(.string(scalar.text))
    case .nonSpecific, .string:
      return .success(.string(scalar.text))
    case .sequence, .mapping, .integer, .float, .boolean, .null:
      let result = plain(scalar.text)
      guard case .success(let content) = result else { return result }
      let isOfType =
        switch (tag, content) {
        case (.integer, .number(let number)): !number.utf8.contains { ".eE".utf8.contains($0) }
        case (.float, .number), (.boolean, .boolean), (.null, .null): true
        default: false
        }
      if isOfType { return result }
      return .failure(
        Fault(
          message: "\(shown(scalar.text)) is not a value of the type \(tag?.name ?? "")", hint: "change it or its tag"))
    }
  }

  /// The value of a plain scalar.
  static func plain(_ text: String) -> Result<JSONNode.Content, Fault> {
    switch text {
    case "", "~", "null", "Null", "NULL": return .success(.null)
    case "true", "True", "TRUE": return .success(.boolean(true))
    case "false", "False", "FALSE": return .success(.boolean(false))
    default: break
    }
    guard let first = text.utf8.first, first.isDigit || "+-.".utf8.contains(first) else {
      return .success(.string(text))
    }
    var unsigned = text[...]
    if let sign = unsigned.utf8.first, "+-".utf8.contains(sign) { unsigned = unsigned.dropFirst() }
    let hasNoJSONForm =
      switch unsigned {
      case ".inf", ".Inf", ".INF": true
      case ".nan", ".NaN", ".NAN": unsigned.startIndex == text.startIndex
      default: false
      }
    if hasNoJSONForm {
      return .failure(
        Fault(
          message: "the number \(shown(text)) has no JSON form", hint: "put quotes around it if it is meant as text"))
    }
    if text.hasPrefix("0x") || text.hasPrefix("0o") { return radix(text) }
    guard let number = decimal(unsigned.utf8, isNegative: first == UInt8(ascii: "-")) else {
      return .success(.string(text))
    }
    return .success(.number(number))
  }

  /// `0x…` and `0o…`, which JSON does not have, in decimal.
  private static func radix(_ text: String) -> Result<JSONNode.Content, Fault> {
    let digits = text.dropFirst(2)
    let isHexadecimal = text.hasPrefix("0x")
    let isNumber =
      !digits.isEmpty
      && digits.utf8.allSatisfy {
        isHexadecimal ? $0.hexValue != nil : $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "7")
      }
    guard isNumber else { return .success(.string(text)) }
    guard let value = UInt64(digits, radix: isHexadecimal ? 16 : 8) else {
      return .failure(
        Fault(
          message: "the number does not fit 64 bits", hint: "put quotes around it if it is meant as text"))
    }
    return .success(.number(String(value)))
  }

  /// `[0-9]+` and `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` in JSON's spelling: without a sign `+` and leading
  /// zeros, and with digits on both sides of the point.
  private static func decimal(_ text: Substring.UTF8View, isNegative: Bool) -> String? {
    var rest = text[...]
    func digits() -> Substring.UTF8View.SubSequence {
      let run = rest.prefix { $0.isDigit }
      rest = rest[run.endIndex...]
      return run
    }
    let integer = digits()
    var result = isNegative ? "-" : ""
    let significant = integer.drop { $0 == UInt8(ascii: "0") }
    result += significant.isEmpty ? "0" : String(Substring(significant))
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      let fraction = digits()
      if integer.isEmpty, fraction.isEmpty { return nil }
      result += fraction.isEmpty ? ".0" : "." + String(Substring(fraction))
    } else if integer.isEmpty {
      return nil
    }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      result.unicodeScalars.append(Unicode.Scalar(mark))
      rest = rest.dropFirst()
      if let sign = rest.first, "+-".utf8.contains(sign) {
        result.unicodeScalars.append(Unicode.Scalar(sign))
        rest = rest.dropFirst()
      }
      let exponent = digits()
      if exponent.isEmpty { return nil }
      result += String(Substring(exponent))
    }
    return rest.isEmpty ? result : nil
  }
}
