import Glibc

/// The arguments of a query, decoded: an object whose repeated names are arrays and whose names without `=` are `true`
/// (kong.md §4.2).
enum QueryArguments {
  static func write(_ query: UnsafeRawBufferPointer, to out: ByteBuffer) {
    guard query.count > 0 else {
      out.append("{}")
      return
    }
    var names: [[UInt8]] = []
    var values: [[[UInt8]?]] = []
    var parts = unsafe query.split(separator: UInt8(ascii: "&")).prefix(1000).makeIterator()
    while let part = unsafe parts.next() {
      let equals = unsafe part.firstIndex(of: UInt8(ascii: "="))
      let name = unsafe decode(part[..<(equals ?? part.endIndex)])
      guard !name.isEmpty else { continue }
      let value = equals.map { unsafe decode(part[($0 + 1)...]) }
      if let index = names.firstIndex(of: name) {
        values[index].append(value)
      } else {
        names.append(name)
        values.append([value])
      }
    }
    out.append("{")
    for index in names.indices {
      if index > 0 { out.append(",") }
      unsafe names[index].withUnsafeBytes { unsafe JSONText.append(string: $0, to: out) }
      out.append(":")
      if values[index].count == 1 {
        write(values[index][0], to: out)
      } else {
        out.append("[")
        for (position, value) in values[index].enumerated() {
          if position > 0 { out.append(",") }
          write(value, to: out)
        }
        out.append("]")
      }
    }
    out.append("}")
  }

  private static func write(_ value: [UInt8]?, to out: ByteBuffer) {
    guard let value else {
      out.append("true")
      return
    }
    unsafe value.withUnsafeBytes { unsafe JSONText.append(string: $0, to: out) }
  }

  /// `+` is a space, `%` with two hexadecimal digits a byte; anything else stays.
  private static func decode(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
    var decoded: [UInt8] = []
    unsafe decoded.reserveCapacity(text.count)
    var index = unsafe text.startIndex
    while unsafe index < text.endIndex {
      let byte = unsafe text[index]
      if byte == UInt8(ascii: "+") {
        decoded.append(32)
      } else if byte == UInt8(ascii: "%"), unsafe index + 2 < text.endIndex, let high = unsafe digit(text[index + 1]),
        let low = unsafe digit(text[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 2
      } else {
        decoded.append(byte)
      }
      index += 1
    }
    // Repaired here already: names that look alike in the record are one.
    guard decoded.contains(where: { $0 >= 0x80 }) else { return decoded }
    return Array(String(decoding: decoded, as: UTF8.self).utf8)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}
