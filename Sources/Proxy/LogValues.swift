import Glibc
import JSON

/// What plugins put into the log record: JSON values at dotted keys.
struct LogValues {
  /// Parts of keys are separated by ``separator`` here, so that a member's name may hold a dot.
  private var values: [(key: [UInt8], json: [UInt8])] = []

  /// A byte that UTF-8 has no use for.
  private static let separator: UInt8 = 0xFF

  var isEmpty: Bool { values.isEmpty }

  mutating func removeAll() {
    if !values.isEmpty { values.removeAll(keepingCapacity: true) }
  }

  /// Sets a value; false when the key or the value is not what it should be. Keys of the record itself are not for
  /// plugins to change.
  /// - Parameter reader: checks the value.
  mutating func set(_ key: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer, _ reader: JSONReader) -> Bool {
    guard let key = unsafe Self.separated(key) else { return false }
    let end = Self.endOfPart(key, 0)
    guard !LogRecord.isOwn(key[..<end]), unsafe (try? reader.parse(json)) != nil else { return false }
    if !values.isEmpty {
      values.removeAll { Self.isPath(key, above: $0.key) }
      while let whole = values.lastIndex(where: { Self.isPath($0.key, above: key) }) { split(whole) }
    }
    values.append((key, unsafe Self.line(json)))
    return true
  }

  /// The record is one line: line breaks stand between tokens only, where a space does as well.
  private static func line(_ json: UnsafeRawBufferPointer) -> [UInt8] {
    var line = unsafe Array(json)
    // Hardly any value has one.
    for lineBreak: UInt8 in [10, 13]
    where unsafe json.baseAddress.map({ unsafe memchr($0, Int32(lineBreak), json.count) != nil }) ?? false {
      for index in line.indices where line[index] == lineBreak { line[index] = 32 }
    }
    return line
  }

  /// A key as it is kept here; `nil` when a part is empty, or it is no text.
  private static func separated(_ key: UnsafeRawBufferPointer) -> [UInt8]? {
    var key = unsafe Array(key)
    var previous = separator
    for index in key.indices {
      guard key[index] != separator else { return nil }
      if key[index] == UInt8(ascii: ".") { key[index] = separator }
      if key[index] == separator, previous == separator { return nil }
      previous = key[index]
    }
    return previous == separator ? nil : key
  }

  /// Whether `path` is `key` or leads to it.
  private static func isPath(_ path: [UInt8], above key: [UInt8]) -> Bool {
    key.starts(with: path) && (key.count == path.count || key[path.count] == separator)
  }

  /// Where the part that begins at `start` ends.
  private static func endOfPart(_ key: [UInt8], _ start: Int) -> Int {
    key[start...].firstIndex(of: separator) ?? key.count
  }

  /// Puts the members of an object in its place, so that one of them can be set; anything else gives way.
  private mutating func split(_ index: Int) {
    let (key, json) = values.remove(at: index)
    for member in (try? JSONNode(parsing: json))?.members ?? [] {
      let name = key + [Self.separator] + Array(member.name.utf8)
      values.removeAll { $0.key == name }
      values.append((name, member.value.serialized()))
    }
  }

  /// Writes the values as members of the object that is being written; each with a comma before it.
  func write(to out: ByteBuffer) {
    guard !values.isEmpty else { return }
    write(values.indices.map { $0 }, from: 0, to: out, leadingComma: true)
  }

  /// Writes those whose keys are the same up to `start`.
  private func write(_ indices: [Int], from start: Int, to out: ByteBuffer, leadingComma: Bool) {
    var comma = leadingComma
    var done: [ArraySlice<UInt8>] = []
    for index in indices {
      let end = Self.endOfPart(values[index].key, start)
      let name = values[index].key[start..<end]
      guard !done.contains(name) else { continue }
      done.append(name)
      if comma { out.append(byte: UInt8(ascii: ",")) }
      comma = true
      unsafe name.withUnsafeBytes { unsafe JSONText.append(string: $0, to: out) }
      out.append(byte: UInt8(ascii: ":"))
      let same = indices.filter {
        values[$0].key[start...].starts(with: name) && Self.endOfPart(values[$0].key, start) == end
      }
      // A value set last at this very key wins over parts of it that were set before.
      if let whole = same.last(where: { values[$0].key.count == end }), whole == same.last || same.count == 1 {
        out.append(values[whole].json)
      } else {
        out.append(byte: UInt8(ascii: "{"))
        write(same.filter { values[$0].key.count > end }, from: end + 1, to: out, leadingComma: false)
        out.append(byte: UInt8(ascii: "}"))
      }
    }
  }
}

/// JSON texts, written without `String`.
enum JSONText {
  /// A string with its quotes. Bytes that are not UTF-8 become U+FFFD (RFC 8259 §8.1).
  static func append(string bytes: UnsafeRawBufferPointer, to out: ByteBuffer) {
    out.append(byte: UInt8(ascii: "\""))
    unsafe appendContents(bytes, to: out)
    out.append(byte: UInt8(ascii: "\""))
  }

  static func appendContents(_ bytes: UnsafeRawBufferPointer, to out: ByteBuffer) {
    var clean = 0
    var index = 0
    while index < bytes.count {
      // Eight bytes at a time, as long as they stand for themselves.
      while index &+ 8 <= bytes.count,
        standForThemselves(unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      {
        index &+= 8
      }
      guard index < bytes.count else { break }
      let byte = unsafe bytes[index]
      if byte >= 0x80 {
        // Rare: let the standard library repair what is not UTF-8.
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
        unsafe appendRepaired(String(decoding: bytes[index...], as: UTF8.self), to: out)
        return
      }
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
        appendEscape(byte, to: out)
        clean = index + 1
      }
      index += 1
    }
    unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
  }

  /// Whether none of eight bytes is a control character, a quote, a backslash, or beyond ASCII. A byte below 0x80 minus `n`
  /// borrows, and so sets its highest bit, when it is less than `n`; a borrow that reaches the next byte starts at one that did.
  @inline(__always)
  private static func standForThemselves(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quotes = (word ^ (ones &* 0x22)) &- ones
    let backslashes = (word ^ (ones &* 0x5C)) &- ones
    let controls = word &- ones &* 0x20
    return (word | quotes | backslashes | controls) & (ones &* 0x80) == 0
  }

  private static func appendRepaired(_ text: String, to out: ByteBuffer) {
    for byte in text.utf8 {
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        appendEscape(byte, to: out)
      } else {
        out.append(byte: byte)
      }
    }
  }

  private static func appendEscape(_ byte: UInt8, to out: ByteBuffer) {
    switch byte {
    case UInt8(ascii: "\""): out.append("\\\"")
    case UInt8(ascii: "\\"): out.append("\\\\")
    case 8: out.append("\\b")
    case 9: out.append("\\t")
    case 10: out.append("\\n")
    case 12: out.append("\\f")
    case 13: out.append("\\r")
    default:
      out.append("\\u00")
      out.append(byte: UInt8(ascii: "0") + (byte >> 4))
      let low = byte & 15
      out.append(byte: low < 10 ? 48 + low : 87 + low)
    }
  }
}
