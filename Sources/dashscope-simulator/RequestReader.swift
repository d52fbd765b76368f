/// Reads HTTP/1.1 requests (RFC 9112) from a socket, one after the other, pipelined ones included.
///
/// It shares no code with the gateway's parser on purpose: a mistake made there must not be excused here.
struct RequestReader {
  /// Why there is no request.
  enum Failure: Error {
    /// The connection ended between requests.
    case ended
    /// The connection ended inside a request.
    case truncated
    /// The bytes are not a request; the text says why.
    case malformed(String)
    /// The body is larger than the simulator takes.
    case tooLarge
  }

  private let socket: Socket
  private var buffer: [UInt8] = []
  private var position = 0

  private static let headLimit = 256 * 1024
  private static let bodyLimit = 64 * 1024 * 1024

  init(_ socket: Socket) {
    self.socket = socket
  }

  /// The next request.
  mutating func next() throws(Failure) -> Request {
    buffer.removeFirst(position)
    position = 0
    // Empty lines before a request line are skipped (RFC 9112 §2.2).
    var lines: [ArraySlice<UInt8>] = []
    while true {
      let line = try self.line(atStart: lines.isEmpty)
      if line.isEmpty {
        if lines.isEmpty { continue }
        break
      }
      lines.append(line)
    }
    var request = try Self.requestLine(lines[0])
    for line in lines.dropFirst() { request.headers.append(try Self.field(line)) }
    guard request.headers(named: "host").count == 1 else { throw .malformed("exactly one host field is needed") }
    let connection = request.headers(named: "connection").joined(separator: ",").lowercased()
    request.closes = connection.split(separator: ",").contains { $0.filter { $0 != " " } == "close" }
    try readBody(of: &request)
    return request
  }

  private mutating func readBody(of request: inout Request) throws(Failure) {
    let codings = request.headers(named: "transfer-encoding")
    let lengths = request.headers(named: "content-length")
    if !codings.isEmpty {
      guard lengths.isEmpty else { throw .malformed("both content-length and transfer-encoding") }
      guard codings.count == 1, codings[0].lowercased() == "chunked" else {
        throw .malformed("unknown transfer coding \(codings)")
      }
      try continueIfExpected(request)
      request.body = try chunkedBody()
    } else if let length = lengths.first {
      guard lengths.count == 1, !length.isEmpty, length.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let count = Int(length)
      else { throw .malformed("bad content-length \(lengths)") }
      guard count <= Self.bodyLimit else { throw .tooLarge }
      if count > 0 { try continueIfExpected(request) }
      request.body = Array(try bytes(count))
    }
  }

  private func continueIfExpected(_ request: Request) throws(Failure) {
    guard request.header("expect")?.lowercased() == "100-continue" else { return }
    do { try socket.write([UInt8]("HTTP/1.1 100 Continue\r\n\r\n".utf8)[...]) } catch { throw .truncated }
  }

  private mutating func chunkedBody() throws(Failure) -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let line = try self.line(atStart: false)
      let digits = line.prefix { $0 != UInt8(ascii: ";") }
      guard !digits.isEmpty, digits.count <= 8, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
        digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-")
      else { throw .malformed("bad chunk size") }
      if size == 0 { break }
      guard body.count + size <= Self.bodyLimit else { throw .tooLarge }
      body += try bytes(size)
      guard try self.line(atStart: false).isEmpty else { throw .malformed("a chunk does not end with CRLF") }
    }
    while !(try line(atStart: false).isEmpty) {}
    return body
  }

  /// The next line, without its CRLF. `atStart`: an end of the connection is in order here.
  private mutating func line(atStart: Bool) throws(Failure) -> ArraySlice<UInt8> {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        guard end > position, buffer[end - 1] == 0x0D else { throw .malformed("a line ends without CR") }
        let line = buffer[position..<(end - 1)]
        position = end + 1
        return line
      }
      searched = buffer.count
      guard buffer.count - position < Self.headLimit else { throw .malformed("a line is too long") }
      try fill(atStart: atStart && position == buffer.count)
    }
  }

  private mutating func bytes(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
    while buffer.count - position < count { try fill(atStart: false) }
    defer { position += count }
    return buffer[position..<(position + count)]
  }

  private mutating func fill(atStart: Bool) throws(Failure) {
    var count = 0
    do { count = try socket.read(into: &buffer, upTo: 64 * 1024) } catch { throw atStart ? .ended : .truncated }
    if count == 0 { throw atStart ? .ended : .truncated }
  }

  private static func requestLine(_ line: ArraySlice<UInt8>) throws(Failure) -> Request {
    let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard parts.count == 3, isToken(parts[0]), parts[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !parts[1].isEmpty,
      parts[2].elementsEqual("HTTP/1.1".utf8)
    else { throw .malformed("bad request line '\(String(decoding: line, as: UTF8.self))'") }
    return Request(
      method: String(decoding: parts[0], as: UTF8.self), target: String(decoding: parts[1], as: UTF8.self), headers: [])
  }

  private static func field(_ line: ArraySlice<UInt8>) throws(Failure) -> (name: String, value: String) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), isToken(line[..<colon]) else {
      throw .malformed("bad field line '\(String(decoding: line, as: UTF8.self))'")
    }
    var value = line[(colon + 1)...]
    while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
    while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw .malformed("a control character in a field value")
    }
    return (String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  /// RFC 9110 §5.6.2.
  private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
      }
  }
}
