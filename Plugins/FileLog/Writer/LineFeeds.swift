import Glibc

/// Finding line feeds.
///
/// Safety: searches stay within the counts given; what they find is turned into an index at once.
enum LineFeeds {
  static let lineFeed = UInt8(ascii: "\n")

  /// Turns line feeds into spaces.
  static func replace(in bytes: inout [UInt8], from start: Int) {
    while let place = first(in: bytes, from: start, to: bytes.count) { bytes[place] = UInt8(ascii: " ") }
  }

  /// The index of the first line feed in a part.
  static func first(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
    guard start < end else { return nil }
    return unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress, let found = unsafe memchr(base + start, 10, end - start) else {
        return nil
      }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  /// The index of the last line feed in a part.
  static func last(in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
    var place = end
    while place > start {
      place -= 1
      if bytes[place] == lineFeed { return place }
    }
    return nil
  }

  /// How many line feeds there are in a part.
  static func count(in bytes: [UInt8], from start: Int, to end: Int) -> Int {
    var count = 0
    var place = start
    while let found = first(in: bytes, from: place, to: end) {
      count += 1
      place = found + 1
    }
    return count
  }
}
