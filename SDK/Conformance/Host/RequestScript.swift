/// A header field line.
///
/// Safety: its bytes keep their address for as long as anybody holds them.
struct Field {
  let name: Bytes
  let value: Bytes

  init(_ name: Bytes, _ value: Bytes) {
    self.name = name
    self.value = value
  }

  init(_ name: String, _ value: String) { self.init(Bytes(name), Bytes(value)) }
}

/// What a client sends and an upstream answers: the part of a request that is known beforehand. Lives as long as the
/// host, so that its bytes can be given out as views without being copied.
final class RequestScript {
  /// What the upstream does.
  struct Upstream {
    var status: UInt32 = 200
    var fields: [Field] = []
    var pieces: [Bytes] = []
    /// It breaks off in the middle.
    var breaksOff = false
  }

  let method: Bytes
  let target: Bytes
  let path: Bytes
  let query: Bytes
  let version: Bytes
  let fields: [Field]
  let pieces: [Bytes]
  let upstream: Upstream
  let identifier: Bytes

  init(
    method: String = "GET", target: String = "/", version: String = "1.1", fields: [(String, String)]? = nil,
    rawFields: [Field]? = nil, pieces: [[UInt8]] = [], status: UInt32 = 200,
    upstreamFields: [(String, String)] = [("Content-Type", "text/plain"), ("Server", "scripted")],
    upstreamPieces: [[UInt8]] = [Array("hello, world\n".utf8)], breaksOff: Bool = false
  ) {
    self.method = Bytes(method)
    self.target = Bytes(target)
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = Bytes(String(parts.first ?? "/"))
    query = Bytes(parts.count > 1 ? String(parts[1]) : "")
    self.version = Bytes(version)
    let usual = [("Host", "example.com"), ("User-Agent", "conformance/1"), ("Accept", "*/*")]
    var given = rawFields ?? (fields ?? usual).map { Field($0.0, $0.1) }
    if !pieces.isEmpty, rawFields == nil {
      given.append(Field("Content-Type", "application/json"))
      given.append(Field("Content-Length", "\(pieces.reduce(0) { $0 + $1.count })"))
    }
    self.fields = given
    self.pieces = pieces.map { Bytes($0) }
    var upstream = Upstream()
    upstream.status = status
    upstream.fields = upstreamFields.map { Field($0.0, $0.1) }
    upstream.pieces = upstreamPieces.map { Bytes($0) }
    upstream.breaksOff = breaksOff
    self.upstream = upstream
    identifier = Bytes("0123456789abcdef0123456789abcdef")
  }
}
