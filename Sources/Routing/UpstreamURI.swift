/// Builds the path that goes upstream from the service's path and the request's.
public enum UpstreamURI {
  /// Writes the upstream path; the query, with its `?`, is for the caller to append as the client sent it.
  ///
  /// - Parameters:
  ///   - servicePath: The service's path; empty when it has none. Borrowed for the call, as is `normalizedPath`.
  ///   - normalizedPath: The request's path after ``PathNormalizer``.
  ///   - matchedPrefixLength: ``RouteMatch/matchedPrefixLength``. Only used with `stripPath`.
  ///   - stripPath: Whether the matched part is removed.
  ///   - output: Replaced by the path, with every byte escaped that may not stand in a URI; its storage is reused.
  @safe
  public static func build(
    servicePath: UnsafeRawBufferPointer, normalizedPath: UnsafeRawBufferPointer, matchedPrefixLength: Int,
    stripPath: Bool, into output: inout [UInt8]
  ) {
    let slash = UInt8(ascii: "/")
    let base = unsafe Span(_unsafeElements: servicePath.bindMemory(to: UInt8.self))
    let path = unsafe Span(_unsafeElements: normalizedPath.bindMemory(to: UInt8.self))
    let baseLength = base.count
    let baseEndsInSlash = baseLength == 0 || base[baseLength - 1] == slash
    // The base, which is `/` if there is none, without its last slash.
    let bareLength = baseEndsInSlash ? max(baseLength - 1, 0) : baseLength
    let pathEndsInSlash = path.count > 0 && path[path.count - 1] == slash
    output.removeAll(keepingCapacity: true)
    output.reserveCapacity(baseLength + path.count + 2)
    append(base, from: 0, to: bareLength, to: &output)
    guard stripPath else {
      // Without a slash at its end, the base stands for the root itself.
      if !baseEndsInSlash, path.count == 1, path[0] == slash { return }
      if baseEndsInSlash {
        output.append(slash)
        append(path, from: min(1, path.count), to: path.count, to: &output)
      } else {
        append(path, from: 0, to: path.count, to: &output)
      }
      return
    }
    let start = rest(of: path, after: matchedPrefixLength <= 0 ? 1 : matchedPrefixLength)
    if start < path.count {
      if path[start] != slash { output.append(slash) }
      append(path, from: start, to: path.count, to: &output)
    } else if baseEndsInSlash {
      if bareLength == 0 || pathEndsInSlash { output.append(slash) }
    } else if path.count > 1, pathEndsInSlash {
      output.append(slash)
    }
  }

  /// Where the rest of the path begins once the prefix and a dot segment that the cut laid bare are gone.
  private static func rest(of path: Span<UInt8>, after prefixLength: Int) -> Int {
    let dot = UInt8(ascii: ".")
    let start = min(prefixLength, path.count)
    var end = start
    while end < path.count, end - start < 2, path[end] == dot { end += 1 }
    if end == start { return start }
    if end == path.count { return end }
    return path[end] == UInt8(ascii: "/") ? end + 1 : start
  }

  /// Appends a piece of a path: runs of bytes that may stand in a URI as they are, the others escaped.
  private static func append(_ text: Span<UInt8>, from start: Int, to end: Int, to output: inout [UInt8]) {
    var offset = start
    while offset < end {
      let runStart = offset
      while offset < end, isSafe(text[offset]) { offset += 1 }
      if offset > runStart {
        // The view lives for this statement only, and the text outlives it.
        unsafe text.extracting(runStart..<offset).withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
      }
      guard offset < end else { return }
      output.append(UInt8(ascii: "%"))
      output.append(hexadecimal(text[offset] >> 4))
      output.append(hexadecimal(text[offset] & 15))
      offset += 1
    }
  }

  private static func hexadecimal(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x41 - 10 }

  /// Reserved and unreserved characters of RFC 3986, and `%`: an escape stays as it is.
  @inline(__always)
  private static func isSafe(_ byte: UInt8) -> Bool {
    // One bit a byte: 0x21, 0x23–0x3b, 0x3d, 0x3f, and 0x40–0x5b, 0x5d, 0x5f, 0x61–0x7a, 0x7e.
    let word: UInt64 = byte < 64 ? 0xafff_fffa_0000_0000 : 0x47ff_fffe_afff_ffff
    return byte < 128 && word >> UInt64(byte & 63) & 1 == 1
  }
}
