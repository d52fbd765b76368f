/// What Kong takes for the name of a log file.
enum LogPath {
  /// At least two characters, no white space at either end, none of `*`, `&`, `%`, backslash, back-tick, and no NUL.
  static func isValid(_ path: String) -> Bool {
    let bytes = path.utf8
    guard bytes.count >= 2, let first = bytes.first, let last = bytes.last, !isSpace(first), !isSpace(last) else {
      return false
    }
    return bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "*"), UInt8(ascii: "&"), UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "`"), 0: false
      default: true
      }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
