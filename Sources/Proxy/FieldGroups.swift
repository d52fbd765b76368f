import CLinux
import Glibc
import HTTP

/// Fields grouped by name, for the log record.
///
/// Safety: the views belong to the heads of the exchange and live while the record is written.
@safe struct FieldGroups {
  @safe private struct Field {
    var name: UnsafeRawBufferPointer
    var value: UnsafeRawBufferPointer
    var known: FieldName
  }

  private var fields: [Field] = []

  init(_ view: FieldView) {
    fields.reserveCapacity(view.lineCount + view.edits.added.count)
    unsafe view.forEach { name, value, known in
      unsafe fields.append(Field(name: name, value: value, known: known))
      return true
    }
  }

  func write(
    to out: ByteBuffer, isHidden: (UnsafeRawBufferPointer, FieldName, UnsafeRawBufferPointer) -> Bool
  ) {
    out.append("{")
    var isFirst = true
    for index in fields.indices {
      let field = fields[index]
      if fields[..<index].contains(where: { same($0, field) }) { continue }
      if !isFirst { out.append(",") }
      isFirst = false
      unsafe Self.appendLowercased(field.name, to: out)
      out.append(":")
      let others = fields[(index + 1)...].filter { same($0, field) }
      if unsafe isHidden(field.name, field.known, field.value) || others.contains(where: { unsafe isHidden($0.name, $0.known, $0.value) }) {
        out.append("\"REDACTED\"")
      } else if others.isEmpty {
        unsafe JSONText.append(string: field.value, to: out)
      } else {
        out.append("[")
        unsafe JSONText.append(string: field.value, to: out)
        for other in others {
          out.append(",")
          unsafe JSONText.append(string: other.value, to: out)
        }
        out.append("]")
      }
    }
    out.append("}")
  }

  private func same(_ first: Field, _ second: Field) -> Bool {
    unsafe first.known == second.known
      && (first.known != .other || FieldValue.equalsIgnoringCase(first.name, second.name))
  }

  /// A field name is a token: nothing in it needs escaping.
  static func appendLowercased(_ name: UnsafeRawBufferPointer, to out: ByteBuffer) {
    out.append(byte: UInt8(ascii: "\""))
    out.reserve(name.count)
    for unsafe byte in unsafe name { out.append(byte: byte >= 65 && byte <= 90 ? byte | 32 : byte) }
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

/// The head that was sent to the client, read back line by line.
enum SentHead {
  static func write(_ head: UnsafeRawBufferPointer, to out: ByteBuffer) {
    // Written by ourselves a moment ago: lines are `name: value` with CRLF.
    let fields = FieldTable()
    var parser = ResponseParser(limits: HTTPLimits())
    guard case .complete = unsafe parser.parse(head, fields: fields) else {
      out.append("{}")
      return
    }
    var bytes = HeadBytes()
    unsafe bytes.borrow(head)
    let view = FieldView(head: bytes, fields: fields, lineCount: fields.count, edits: FieldEdits())
    unsafe FieldGroups(view).write(to: out) { _, _, _ in false }
  }
}
