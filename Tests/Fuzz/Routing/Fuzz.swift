// A libFuzzer target: it includes the module's sources, so that internal checks can be made, too.

/// Feeds arbitrary bytes to the regular expressions and to the path code, and checks what must always hold.
///
/// The first byte chooses; of the rest, for an expression, the part up to the first NUL is the pattern and what follows the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe UnsafeBufferPointer(start: start, count: count)
  guard let selector = unsafe input.first else { return 0 }
  let rest = unsafe Array(input.dropFirst())
  if selector & 1 == 0 { fuzzExpression(rest, ignoringCase: selector & 2 != 0) } else { fuzzPath(rest) }
  return 0
}

private func fuzzExpression(_ input: [UInt8], ignoringCase: Bool) {
  let end = input.firstIndex(of: 0) ?? input.count
  let pattern = String(decoding: input[..<end], as: UTF8.self)
  let text = Array(input[min(end + 1, input.count)...])
  let expression: RegularExpression
  do throws(RegularExpressionError) {
    expression = try RegularExpression(pattern, ignoringCase: ignoringCase)
  } catch {
    precondition(error.offset >= 0 && error.offset <= pattern.utf8.count, "an error outside of the pattern")
    return
  }
  var captures = RegularExpressionCaptures()
  let length = unsafe text.withUnsafeBytes { expression.matchPrefix($0, captures: &captures) }
  if let length {
    precondition(captures[0] == 0..<length, "the whole match is not group 0")
    precondition(text.starts(with: expression.literalPrefix), "a match without its literal prefix")
  }
  var first = RegularExpressionCaptures()
  let isFound = unsafe text.withUnsafeBytes { expression.firstMatch(in: $0, captures: &first) }
  let isMatch = unsafe text.withUnsafeBytes { expression.isMatch($0) }
  precondition(isFound == isMatch, "finding and testing disagree")
  if let length { precondition(first[0] == 0..<length, "the leftmost match is not the one at the start") }
  for index in 0..<first.count {
    guard let range = first[index] else { continue }
    precondition(range.lowerBound >= 0 && range.upperBound <= text.count, "a capture outside of the text")
  }
}

private func fuzzPath(_ input: [UInt8]) {
  var once: [UInt8] = []
  var twice: [UInt8] = []
  unsafe input.withUnsafeBytes { PathNormalizer.normalize($0, into: &once) }
  precondition(once.count <= input.count, "normalising made the path longer")
  unsafe once.withUnsafeBytes { PathNormalizer.normalize($0, into: &twice) }
  if input.first == UInt8(ascii: "/") {
    precondition(once.first == UInt8(ascii: "/"), "the path lost its root")
    // What decoding laid bare may read as an escape again only if the input was malformed.
    let verdict = unsafe input.withUnsafeBytes { PathNormalizer.check($0) }
    precondition(verdict != .normalized || once == input, "a path in normal form was changed")
    precondition(verdict == .malformed || once == twice, "normalising twice is not normalising once")
  }
  for strip in [false, true] {
    var target: [UInt8] = []
    let matched = input.count % 7
    unsafe once.withUnsafeBytes { path in
      unsafe input.prefix(3).withUnsafeBytes { service in
        UpstreamURI.build(
          servicePath: service, normalizedPath: path, matchedPrefixLength: matched, stripPath: strip, into: &target)
      }
    }
    precondition(target.allSatisfy { $0 > 0x20 && $0 < 0x7f }, "a byte that may not stand in a URI")
  }
}
