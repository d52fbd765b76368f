/// A text that is not JSON (RFC 8259): what was found, what was expected, and where.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was found and what was expected, for a person to read; without the location.
  public var message: String
  /// The line and column of ``offset``.
  public var location: SourceLocation
  /// The byte of the text at which reading stopped, from 0.
  public var offset: Int

  /// Makes an error.
  public init(message: String, location: SourceLocation, offset: Int) {
    self.message = message
    self.location = location
    self.offset = offset
  }

  /// `line 3, column 14: …`
  public var description: String { "line \(location.line), column \(location.column): \(message)" }
}

/// Why reading stopped, cheap enough to be returned from the hot path: the message is made from it afterwards.
struct JSONFailure: Error {
  enum Problem: UInt8 {
    case valueExpected, firstElementExpected, nameExpected, firstNameExpected, colonExpected
    case commaOrBracketExpected, commaOrBraceExpected, endExpected
    case stringNotClosed, controlCharacter, unknownEscape, badUnicodeEscape, invalidUTF8
    case digitExpected, leadingZero, misspelledLiteral
    case tooDeep, tooLong
  }

  var problem: Problem
  var offset: Int
}

extension JSONSyntaxError {
  /// Makes the message for a failure in `text`. A column is found by reading the text up to the failure.
  init(_ failure: JSONFailure, in text: UnsafeRawBufferPointer, maximumDepth: Int) {
    var tracker = unsafe SourceLocationTracker(text)
    unsafe self.init(
      message: Self.message(for: failure, in: text, maximumDepth: maximumDepth),
      location: tracker.location(at: failure.offset), offset: failure.offset)
  }

  private static func message(
    for failure: JSONFailure, in text: UnsafeRawBufferPointer, maximumDepth: Int
  ) -> String {
    let found = unsafe describe(text, at: failure.offset)
    let byte = unsafe failure.offset < text.count ? text[failure.offset] : nil
    switch failure.problem {
    case .valueExpected:
      switch byte {
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        return "expected a value, found \(found): a comma must not stand before it"
      case UInt8(ascii: "'"): return "expected a value, found \(found): strings are written in double quotes"
      case UInt8(ascii: "/"): return "expected a value, found \(found): JSON has no comments"
      case UInt8(ascii: "+"): return "expected a value, found \(found): a number has no plus sign"
      case UInt8(ascii: "."): return "expected a value, found \(found): a number begins with a digit"
      default: return "expected a value, found \(found)"
      }
    case .firstElementExpected: return "expected a value or ']', found \(found)"
    case .nameExpected:
      return byte == UInt8(ascii: "}")
        ? "expected a member name, found \(found): a comma must not stand before it"
        : "expected a member name in double quotes, found \(found)"
    case .firstNameExpected: return "expected a member name in double quotes or '}', found \(found)"
    case .colonExpected: return "expected ':' after the member name, found \(found)"
    case .commaOrBracketExpected: return "expected ',' or ']' after the element, found \(found)"
    case .commaOrBraceExpected: return "expected ',' or '}' after the member, found \(found)"
    case .endExpected: return "expected the end of the text after the value, found \(found)"
    case .stringNotClosed: return "the string is not closed: expected '\"', found \(found)"
    case .controlCharacter: return "\(found) must be written as an escape in a string"
    case .unknownEscape:
      return "unknown escape: expected one of \" \\ / b f n r t u after the backslash, found \(found)"
    case .badUnicodeEscape: return "expected four hexadecimal digits after \\u, found \(found)"
    case .invalidUTF8: return "the text is not UTF-8: found \(found)"
    case .digitExpected: return "expected a digit, found \(found)"
    case .leadingZero: return "a number must not begin with a zero: expected the end of the number, found \(found)"
    case .misspelledLiteral:
      return unsafe "expected true, false, null or another value, found \(word(text, at: failure.offset))"
    case .tooDeep: return "values are nested deeper than \(maximumDepth) levels"
    case .tooLong: return "the text is longer than 4 GiB"
    }
  }

  /// Names what stands at `offset`.
  private static func describe(_ text: UnsafeRawBufferPointer, at offset: Int) -> String {
    guard offset < text.count else { return "the end of the text" }
    let byte = unsafe text[offset]
    switch byte {
    case 0x0A: return "a line feed"
    case 0x0D: return "a carriage return"
    case 0x09: return "a tab"
    case 0..<0x20, 0x7F: return "the control character U+00\(hexadecimal(byte))"
    case 0x20: return "a space"
    case 0x20..<0x7F: return "'\(Unicode.Scalar(byte))'"
    default:
      let length = unsafe UTF8Sequence.length(text, at: offset)
      guard length > 0 else { return "the byte 0x\(hexadecimal(byte))" }
      return unsafe "'\(String(decoding: text[offset..<(offset + length)], as: UTF8.self))'"
    }
  }

  /// The word at `offset`, at most 20 letters of it.
  private static func word(_ text: UnsafeRawBufferPointer, at offset: Int) -> String {
    var end = offset
    while end < text.count, end - offset < 20 {
      let byte = unsafe text[end]
      let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      guard isLetter || isDigit || byte == UInt8(ascii: "_") else { break }
      end += 1
    }
    return unsafe end == offset
      ? describe(text, at: offset) : unsafe "'\(String(decoding: text[offset..<end], as: UTF8.self))'"
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0" + digits : digits
  }
}
