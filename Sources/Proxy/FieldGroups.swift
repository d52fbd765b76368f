import CLinux
import Glibc
import HTTP

/// Fields grouped by name, for the log record. One is kept by the worker and used for every record.
///
/// Safety: the views belong to the heads of the exchange and live while the record is written; ``removeAll()`` forgets
/// them.
@safe final class FieldGroups {
  @safe private struct Field {
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
    var known: FieldName
  }

  private var fields: [Field] = []

  init() { fields.reserveCapacity(64) }

  func removeAll() { fields.removeAll(keepingCapacity: true) }

  /// Takes the fields of a request as the client sent them.
  func take(_ head: HeadBytes, _ table: FieldTable) {
    for index in 0..<table.count {
      let line = table[index]
      unsafe fields.append(Field(name: head.view(line.name), value: head.view(line.value), known: line.known))
    }
  }

  /// Takes the fields of a head that was written by ourselves: `name: value`, ended by CRLF, after a status line.
  func take(sentHead head: UnsafeRawBufferPointer) {
    let lineFeed = Int32(UInt8(ascii: "\n"))
    guard var position = head.baseAddress else { return }
    let end = unsafe position + head.count
    var isStatusLine = true
    while unsafe position < end, let found = unsafe memchr(position, lineFeed, end - position) {
      let lineEnd = UnsafeRawPointer(found)
      let line = unsafe UnsafeRawBufferPointer(start: position, count: max(0, lineEnd - position - 1))
      unsafe position = lineEnd + 1
      if isStatusLine {
        isStatusLine = false
        continue
      }
      guard line.count > 0, let start = line.baseAddress,
        let colon = unsafe memchr(start, Int32(UInt8(ascii: ":")), line.count)
      else { continue }
      let nameLength = unsafe UnsafeRawPointer(colon) - start
      // A field without a value ends with its colon.
      let valueStart = min(line.count, nameLength + 2)
      unsafe fields.append(
        Field(
          name: UnsafeRawBufferPointer(start: start, count: nameLength),
          value: UnsafeRawBufferPointer(start: start + valueStart, count: line.count - valueStart), known: .other))
    }
  }

  /// Writes an object: names in lower case, values of repeated names as arrays.
  func write(
    to out: ByteBuffer, isHidden: (UnsafeRawBufferPointer, FieldName, UnsafeRawBufferPointer) -> Bool
  ) {
    out.append("{")
    var isFirst = true
    for index in fields.indices where !isRepeated(index) {
      let field = fields[index]
      if !isFirst { out.append(",") }
      isFirst = false
      unsafe Self.appendLowercased(field.name, to: out)
      out.append(":")
      unsafe writeValue(of: field, at: index, to: out, isHidden: isHidden)
    }
    out.append("}")
  }

  private func writeValue(
    of field: Field, at index: Int, to out: ByteBuffer,
    isHidden: (UnsafeRawBufferPointer, FieldName, UnsafeRawBufferPointer) -> Bool
  ) {
    guard let second = next(after: index, like: field) else {
      if unsafe isHidden(field.name, field.known, field.value) {
        out.append("\"REDACTED\"")
      } else {
        unsafe JSONText.append(string: field.value, to: out)
      }
      return
    }
    // One hidden value hides them all.
    var position: Int? = index
    var isSecret = false
    while let current = position {
      let other = fields[current]
      isSecret = unsafe isSecret || isHidden(other.name, other.known, other.value)
      position = current == index ? second : next(after: current, like: field)
    }
    guard !isSecret else {
      out.append("\"REDACTED\"")
      return
    }
    out.append("[")
    position = index
    while let current = position {
      if current != index { out.append(",") }
      unsafe JSONText.append(string: fields[current].value, to: out)
      position = next(after: current, like: field)
    }
    out.append("]")
  }

  /// Whether a field of that name came before.
  private func isRepeated(_ index: Int) -> Bool {
    let field = fields[index]
    var earlier = 0
    while earlier < index {
      if same(fields[earlier], field) { return true }
      earlier &+= 1
    }
    return false
  }

  private func next(after index: Int, like field: Field) -> Int? {
    var later = index &+ 1
    while later < fields.count {
      if same(fields[later], field) { return later }
      later &+= 1
    }
    return nil
  }

  @inline(__always)
  private func same(_ first: Field, _ second: Field) -> Bool {
    unsafe first.name.count == second.name.count && first.known == second.known
      && (first.known != .other || FieldValue.equalsIgnoringCase(first.name, second.name))
  }

  /// A field name is a token: nothing in it needs escaping.
  private static func appendLowercased(_ name: UnsafeRawBufferPointer, to out: ByteBuffer) {
    out.append(byte: UInt8(ascii: "\""))
    unsafe out.append(lowercased: name)
    out.append(byte: UInt8(ascii: "\""))
  }
}

/// Searching bytes in bytes.
enum BytesSearch {
  static func contains(_ text: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress, let wanted = part.baseAddress else { return part.count == 0 }
    return unsafe clinux_memmem(start, text.count, wanted, part.count) != nil
  }
}
