/// Writes events as the lines of an event stream, with the peculiarities that the faults ask for.
struct EventFramer {
  private let lineEnd: String
  private let comments: Int
  private let compact: Bool
  private let fields: Bool
  private let multiline: Bool
  private let compactDone: Bool
  private var number = 0
  private var startsWithMark: Bool

  init(faults: FaultPlan) {
    lineEnd = faults.has(.crlf) ? "\r\n" : faults.has(.cr) ? "\r" : "\n"
    comments = faults[.comments]?.number("count") ?? 0
    compact = faults.has(.compact)
    fields = faults.has(.fields)
    multiline = faults.has(.multiline)
    compactDone = faults.has(.compactDone)
    startsWithMark = faults.has(.bom)
  }

  /// The bytes of one event, its empty line included.
  mutating func frame(_ event: StreamEvent) -> [UInt8] {
    var bytes: [UInt8] = []
    if startsWithMark {
      bytes += [0xEF, 0xBB, 0xBF]
      startsWithMark = false
    }
    if event.kind == .done, compactDone { return bytes + "data:[DONE]".utf8 + lineEnd.utf8 }
    for _ in 0..<max(0, comments) { bytes += ": keep-alive\(lineEnd)".utf8 }
    number += 1
    if fields { bytes += "id: \(number)\(lineEnd)event: result\(lineEnd)retry: 3000\(lineEnd)".utf8 }
    let label = compact ? "data:" : "data: "
    bytes += label.utf8
    if multiline, event.data.first == UInt8(ascii: "{") {
      // A line break between tokens does not change the JSON text.
      bytes += "{\(lineEnd)\(label)".utf8
      bytes += event.data.dropFirst()
    } else {
      bytes += event.data
    }
    bytes += lineEnd.utf8
    bytes += lineEnd.utf8
    return bytes
  }
}
