import Glibc
import HTTP

/// The bodies of errors (kong.md §2.10).
enum ErrorPage {
  enum Format {
    case json, text, html, xml

    var contentType: StaticString {
      switch self {
      case .json: "application/json; charset=utf-8"
      case .text: "text/plain; charset=utf-8"
      case .html: "text/html; charset=utf-8"
      case .xml: "application/xml; charset=utf-8"
      }
    }
  }

  /// What stands before the reason of a refusal, as Kong names the status.
  static func prefix(_ status: UInt16) -> StaticString {
    switch status {
    case 414: "URI too long"
    case 431: "Request header or cookie too large"
    case 501: "Not implemented"
    case 505: "HTTP version not supported"
    default: "Bad request"
    }
  }

  /// The format that `Accept` prefers: the highest quality wins, the first of equals; wildcards and what is unknown give
  /// JSON.
  static func format(accept: UnsafeRawBufferPointer?, fallback: Format) -> Format {
    guard let accept = unsafe accept else { return fallback }
    var best: (format: Format, quality: Int)?
    var elements = unsafe accept.split(separator: UInt8(ascii: ",")).makeIterator()
    while let element = unsafe elements.next() {
      var parts = unsafe element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).makeIterator()
      guard let first = unsafe parts.next() else { continue }
      let type = unsafe trimmed(UnsafeRawBufferPointer(rebasing: first))
      var quality = 1000
      while let parameter = unsafe parts.next() {
        let text = unsafe trimmed(UnsafeRawBufferPointer(rebasing: parameter))
        if text.count > 2, unsafe text[0] | 32 == UInt8(ascii: "q"), unsafe text[1] == UInt8(ascii: "=") {
          quality = unsafe thousandths(UnsafeRawBufferPointer(rebasing: text[2...]))
        }
      }
      guard quality > 0 else { continue }
      if best == nil || quality > (best?.quality ?? 0) { best = unsafe (known(type), quality) }
    }
    return best?.format ?? .json
  }

  private static func known(_ type: UnsafeRawBufferPointer) -> Format {
    let names: [(StaticString, Format)] = [
      ("text/html", .html), ("application/xml", .xml), ("text/plain", .text), ("text/*", .text),
    ]
    return names.first { unsafe equals(type, $0.0) }?.1 ?? .json
  }

  /// Kong compares media types as they are spelled.
  private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    unsafe bytes.count == text.utf8CodeUnitCount
      && bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0
    var end = bytes.count
    while start < end, unsafe bytes[start] == 32 || bytes[start] == 9 { start += 1 }
    while end > start, unsafe bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
    return unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  /// `0.75` as 750.
  private static func thousandths(_ text: UnsafeRawBufferPointer) -> Int {
    var value = 0
    var scale = 0
    var rest = unsafe text.prefix(6).makeIterator()
    while let byte = unsafe rest.next() {
      if byte == UInt8(ascii: ".") { scale = 1; continue }
      guard byte >= 48, byte <= 57 else { return 1000 }
      if scale >= 1000 { continue }
      value = value * 10 + Int(byte - 48)
      if scale > 0 { scale *= 10 }
    }
    return scale == 0 ? value * 1000 : value * 1000 / scale
  }

  /// Writes a body. Messages are constants of ours: nothing of a request is in them, so nothing is to be escaped.
  static func write(
    to out: ByteBuffer, format: Format, prefix: StaticString?, message: StaticString, identifier: RequestIdentifier
  ) {
    func text() {
      if let prefix {
        out.append(prefix)
        out.append(": ")
      }
      out.append(message)
    }
    switch format {
    case .json:
      out.append("{\n  \"message\":\"")
      text()
      out.append("\",\n  \"request_id\":\"")
      identifier.append(to: out)
      out.append("\"\n}")
    case .text:
      text()
      out.append("\nrequest_id: ")
      identifier.append(to: out)
      out.append("\n")
    case .html:
      out.append(
        "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n  </head>\n  <body>\n    <h1>Error</h1>\n    <p>"
      )
      text()
      out.append(".</p>\n    <p>request_id: ")
      identifier.append(to: out)
      out.append("</p>\n  </body>\n</html>\n")
    case .xml:
      out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>")
      text()
      out.append("</message>\n  <requestid>")
      identifier.append(to: out)
      out.append("</requestid>\n</error>\n")
    }
  }
}
