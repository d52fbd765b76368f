/// Brings request paths into the form routes are written in: percent-escapes of all but reserved characters decoded (the
/// others in upper case), dot segments removed (RFC 3986, section 5.2.4), repeated slashes merged.
public enum PathNormalizer {
  /// What a path needs.
  public enum Verdict: Sendable, Equatable {
    /// It is in normalised form.
    case normalized
    /// ``PathNormalizer/normalize(_:into:)`` changes it, or may.
    case needsNormalization
    /// It holds a `%` without two hexadecimal digits, `%00`, a NUL byte or a `..` that leads above the root: the request is bad (400).
    case malformed
  }

  /// Whether the path, without its query, has to be normalised. False means: use it as it is.
  @safe
  public static func needsNormalization(_ path: UnsafeRawBufferPointer) -> Bool {
    scan(unsafe Span(_unsafeElements: path.bindMemory(to: UInt8.self))) != .normalized
  }

  /// Judges a path, without its query. The path is borrowed for the call.
  @safe
  public static func check(_ path: UnsafeRawBufferPointer) -> Verdict {
    let text = unsafe Span(_unsafeElements: path.bindMemory(to: UInt8.self))
    let verdict = scan(text)
    return verdict == .needsNormalization && isMalformed(text) ? .malformed : verdict
  }

  /// Writes the normalised form of a path.
  ///
  /// - Parameters:
  ///   - path: The path without its query; borrowed for the call. It should begin with `/`.
  ///   - output: Replaced by the result, which is never longer than the path; its storage is reused.
  @safe
  public static func normalize(_ path: UnsafeRawBufferPointer, into output: inout [UInt8]) {
    let text = unsafe Span(_unsafeElements: path.bindMemory(to: UInt8.self))
    output.removeAll(keepingCapacity: true)
    output.reserveCapacity(text.count)
    var offset = leadingDotSegments(text)
    while offset < text.count {
      var byte = text[offset]
      offset += 1
      if byte == UInt8(ascii: "%"), let value = escapedByte(text, at: offset) {
        offset += 2
        if isReserved(value) {
          output.append(byte)
          output.append(hexadecimal(value >> 4))
          output.append(hexadecimal(value & 15))
          continue
        }
        // An escaped dot is a dot; an escaped slash is reserved and never comes here.
        byte = value
      } else if byte == UInt8(ascii: "/") {
        closeSegment(&output, isLast: false)
      }
      output.append(byte)
    }
    closeSegment(&output, isLast: true)
  }

  /// How many bytes `./` and `../` take up in front of a path that begins with no slash.
  private static func leadingDotSegments(_ text: Span<UInt8>) -> Int {
    var offset = 0
    while offset < text.count, text[offset] == UInt8(ascii: ".") {
      let second = offset + 1 < text.count ? text[offset + 1] : 0
      if second == UInt8(ascii: "/") {
        offset += 2
      } else if second == UInt8(ascii: "."), offset + 2 < text.count, text[offset + 2] == UInt8(ascii: "/") {
        offset += 3
      } else if offset + 1 == text.count || second == UInt8(ascii: ".") && offset + 2 == text.count {
        return text.count
      } else {
        return offset
      }
    }
    return offset
  }

  /// Ends the segment that was written last: takes away the slash of an empty one, a `.`, or a `..` and the segment before it.
  /// A last segment that goes leaves its slash.
  private static func closeSegment(_ output: inout [UInt8], isLast: Bool) {
    let slash = UInt8(ascii: "/")
    let dot = UInt8(ascii: ".")
    let count = output.count
    // A path that does not begin with a slash keeps its first segment.
    if count == 0 || count == 1 && output[0] != slash { return }
    if output[count - 1] == slash {
      if !isLast { output.removeLast() }
    } else if output[count - 1] == dot, output[count - 2] == slash {
      output.removeLast(isLast ? 1 : 2)
    } else if count >= 3, output[count - 1] == dot, output[count - 2] == dot, output[count - 3] == slash {
      output.removeLast(3)
      while let last = output.popLast(), last != slash {}
      if isLast { output.append(slash) }
    }
  }

  /// One pass that finds what a plain path does not have: escapes, empty and dot segments.
  private static func scan(_ text: Span<UInt8>) -> Verdict {
    var isAfterSlash = text.count > 0 && text[0] != UInt8(ascii: "/")
    for offset in text.indices {
      let byte = text[offset]
      if byte == UInt8(ascii: "/") {
        if isAfterSlash, offset > 0 { return .needsNormalization }
        isAfterSlash = true
        continue
      }
      if byte == UInt8(ascii: "%") || byte == 0 { return .needsNormalization }
      if isAfterSlash, byte == UInt8(ascii: "."), isDotSegment(text, at: offset) { return .needsNormalization }
      isAfterSlash = false
    }
    return .normalized
  }

  private static func isDotSegment(_ text: Span<UInt8>, at offset: Int) -> Bool {
    var end = offset + 1
    if end < text.count, text[end] == UInt8(ascii: ".") { end += 1 }
    return end == text.count || text[end] == UInt8(ascii: "/")
  }

  /// Whether an escape is broken, a byte is NUL, or the path leads above the root.
  private static func isMalformed(_ text: Span<UInt8>) -> Bool {
    var depth = 0
    var dots = 0
    var others = 0
    var offset = 0
    while offset < text.count {
      var byte = text[offset]
      offset += 1
      var isEscaped = false
      if byte == UInt8(ascii: "%") {
        guard let value = escapedByte(text, at: offset) else { return true }
        byte = value
        isEscaped = true
        offset += 2
      }
      if byte == 0 { return true }
      if byte == UInt8(ascii: "/"), !isEscaped {
        if dots == 2, others == 0 { depth -= 1 } else if others > 0 || dots > 2 { depth += 1 }
        if depth < 0 { return true }
        (dots, others) = (0, 0)
      } else if byte == UInt8(ascii: ".") {
        dots += 1
      } else {
        others += 1
      }
    }
    return dots == 2 && others == 0 && depth == 0
  }

  private static func escapedByte(_ text: Span<UInt8>, at offset: Int) -> UInt8? {
    guard text.count - offset >= 2, let high = digit(text[offset]), let low = digit(text[offset + 1]) else {
      return nil
    }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: return byte - 0x30
    case 0x41...0x46: return byte - 0x41 + 10
    case 0x61...0x66: return byte - 0x61 + 10
    default: return nil
    }
  }

  private static func hexadecimal(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x41 - 10 }

  /// RFC 3986's reserved characters and `%`: decoding them would change what the path means.
  private static func isReserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x23...0x2c, 0x2f, 0x3a, 0x3b, 0x3d, 0x3f, 0x40, 0x5b, 0x5d: return true
    default: return false
    }
  }
}
