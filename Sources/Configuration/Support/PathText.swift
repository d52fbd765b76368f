/// Paths of URLs as text.
public enum PathText {
  /// The normal form: percent-encoded characters that need no encoding decoded, the others in upper case, `.` and `..` resolved
  /// (RFC 3986 §6.2.2). Routes are matched against paths in this form.
  ///
  /// - Returns: `nil` when the decoded path is no UTF-8.
  public static func normalized(_ path: String) -> String? {
    let bytes = Array(path.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25, index + 2 < bytes.count,
        let high = Character(UnicodeScalar(bytes[index + 1])).hexDigitValue,
        let low = Character(UnicodeScalar(bytes[index + 2])).hexDigitValue
      {
        let byte = UInt8(high << 4 | low)
        if isReserved(byte) {
          decoded.append(0x25)
          decoded += bytes[(index + 1)...(index + 2)].map { (0x61...0x66).contains($0) ? $0 & 0xDF : $0 }
        } else {
          decoded.append(byte)
        }
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(validating: withoutDotSegments(decoded), as: UTF8.self)
  }

  /// The reserved characters of RFC 3986 §2.2 and the percent sign: decoding them would change what a path means.
  private static func isReserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x23...0x2C, 0x2F, 0x3A, 0x3B, 0x3D, 0x3F, 0x40, 0x5B, 0x5D: true
    default: false
    }
  }

  private static func withoutDotSegments(_ path: [UInt8]) -> [UInt8] {
    let segments = path.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst()
    var kept: [ArraySlice<UInt8>] = []
    for (index, segment) in zip(segments.indices, segments) {
      let isLast = index == segments.endIndex - 1
      switch Array(segment) {
      case [0x2E]:
        if isLast { kept.append([]) }
      case [0x2E, 0x2E]:
        if !kept.isEmpty { kept.removeLast() }
        if isLast { kept.append([]) }
      default:
        kept.append(segment)
      }
    }
    return kept.flatMap { [0x2F] + $0 }
  }
}
