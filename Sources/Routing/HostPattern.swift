/// A host or server name with at most one wildcard label.
enum HostPatternKind: UInt8 {
  /// The whole name.
  case exact
  /// `*.example`: the name ends with the text.
  case suffix
  /// `example.*`: the name begins with the text.
  case prefix
}

/// A host pattern as the configuration has it, taken apart.
struct HostPattern {
  var kind: HostPatternKind
  /// The name without the asterisk, in lower case.
  var text: [UInt8]
  /// The port a request must name; nil: any.
  var port: UInt16?

  /// Takes a pattern apart. A port is digits after the last colon outside of brackets.
  init(_ pattern: String) {
    let bytes = Bytes.lowercased(pattern.utf8)
    let name = HostName(bytes.span)
    var text = Array(bytes[..<name.length])
    port = name.port.map { UInt16(clamping: $0) }
    if text.first == UInt8(ascii: "*") {
      kind = .suffix
      text.removeFirst()
    } else if text.last == UInt8(ascii: "*") {
      kind = .prefix
      text.removeLast()
    } else {
      kind = .exact
    }
    self.text = text
  }
}

/// A host split into name and port.
struct HostName {
  /// The length of the name, which comes first.
  var length: Int
  /// The port; above 65535 if it is no port; nil if there is none.
  var port: UInt32?

  /// Splits `name:port` or `[address]:port`. What follows the colon and is no number belongs to the name.
  init(_ host: Span<UInt8>) {
    length = host.count
    var start = 0
    if host.count > 0, host[0] == UInt8(ascii: "[") {
      while start < host.count, host[start] != UInt8(ascii: "]") { start += 1 }
    }
    while start < host.count, host[start] != UInt8(ascii: ":") { start += 1 }
    guard start < host.count else { return }
    var number: UInt32 = 0
    for offset in start + 1..<host.count {
      guard host[offset] >= 0x30, host[offset] <= 0x39 else { return }
      number = min(number * 10 + UInt32(host[offset] - 0x30), 65536)
    }
    length = start
    if start + 1 < host.count { port = number }
  }
}
