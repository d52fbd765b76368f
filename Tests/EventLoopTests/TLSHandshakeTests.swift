import Testing

@testable import EventLoop

@Suite("TLS handshake")
struct TLSHandshakeTests {
  let certificates = TestCertificates.shared

  func server(_ names: String..., change: (inout TLSServerSettings) -> Void = { _ in }) throws -> TLSContext {
    var settings = TLSServerSettings(certificates: names.map { certificates.certificate($0) })
    change(&settings)
    return try TLSContext.server(settings)
  }

  @Test("both sides agree on TLS 1.3, HTTP/1.1 and the name asked for")
  func agreement() throws {
    let pair = try TLSPair(client: .client(certificates.client), server: server("a"))
    try pair.handshake()
    #expect(pair.client.failure == nil && pair.server.failure == nil)
    for session in [pair.client.session, pair.server.session] {
      #expect(session.version == "TLSv1.3")
      #expect(session.cipher?.hasPrefix("TLS_") == true)
      #expect(session.applicationProtocol == "http/1.1")
      #expect(!session.resumed)
    }
    #expect(pair.server.session.serverName == "a.test")
    pair.close()
  }

  @Test("certificates and keys are also taken as text")
  func inlinePEM() throws {
    var settings = TLSClientSettings()
    settings.caCertificates = [certificates.text("ca.crt")]
    let certificate = TLSCertificate(chain: .text(certificates.text("a.crt")), key: .text(certificates.text("a.key")))
    let pair = try TLSPair(
      client: .client(settings), server: .server(TLSServerSettings(certificates: [certificate])), host: "b.test")
    try pair.handshake()
    #expect(pair.client.failure == nil)
    pair.close()
  }

  @Test(
    "a certificate that does not hold is refused, and the message says which and why",
    arguments: [
      (
        "a", "c.test", true,
        "certificate verify failed: hostname mismatch: certificate is for a.test, b.test; expected c.test"
      ),
      ("wild", "x.y.wild.test", true, "hostname mismatch: certificate is for *.wild.test; expected x.y.wild.test"),
      ("ip", "127.0.0.2", true, "hostname mismatch: certificate is for 127.0.0.1, ::1; expected 127.0.0.2"),
      ("a", "127.0.0.1", true, "hostname mismatch: certificate is for a.test, b.test; expected 127.0.0.1"),
      (
        "self", "foo.test", true,
        "certificate verify failed: self-signed certificate (subject CN=foo.test, issuer CN=foo.test) for host foo.test"
      ),
      ("expired", "a.test", true, "certificate has expired (notAfter 20"),
      (
        "a", "a.test", false,
        "certificate verify failed: unable to get local issuer certificate (subject CN=a, issuer O=Torii, CN=Test CA) for host a.test"
      ),
    ])
  func refusals(certificate: String, host: String, trusts: Bool, message: String) throws {
    var settings = certificates.client
    if !trusts { settings.caFile = certificates.path("self.crt") }
    let pair = try TLSPair(client: .client(settings), server: server(certificate), host: host)
    try pair.loop.run { pair.client.isDecided }
    let error = try #require(pair.client.failure)
    #expect(error.message.contains(message), "\(error.message)")
    #expect(error.kind == .verification)
    // The server learns of it by an alert, as data after its handshake (TLS 1.3).
    try pair.loop.run { pair.server.end != nil || pair.server.failure != nil }
    pair.close()
  }

  @Test("a certificate that does not hold is accepted when verification is off")
  func unverified() throws {
    var settings = TLSClientSettings()
    settings.verify = false
    let pair = try TLSPair(client: .client(settings), server: server("self"), host: "other.test")
    try pair.handshake()
    #expect(pair.client.failure == nil)
    pair.close()
  }

  @Test(
    "an IP address is verified against the certificate's addresses and not sent as a name",
    arguments: ["127.0.0.1", "::1", "[::1]"])
  func literal(host: String) throws {
    let pair = try TLSPair(client: .client(certificates.client), server: server("ip"), host: host)
    try pair.handshake()
    #expect(pair.client.failure == nil)
    #expect(pair.server.session.serverName == nil)
    pair.close()
  }

  @Test(
    "the server shows the certificate for the name: exact before wildcard, the first for others",
    arguments: [
      ("a.test", nil), ("B.TEST", nil), ("b.test.", nil), ("x.wild.test", nil), ("exact.wild.test", nil),
      ("unknown.test", "certificate is for a.test, b.test; expected unknown.test"),
      ("x.y.wild.test", "certificate is for a.test, b.test; expected x.y.wild.test"),
      ("127.0.0.1", "certificate is for a.test, b.test; expected 127.0.0.1"),
    ] as [(String, String?)])
  func serverNames(host: String, mismatch: String?) throws {
    // The wildcard certificate would also do for exact.wild.test, so its choice is told by the wire: see below.
    let pair = try TLSPair(client: .client(certificates.client), server: server("a", "wild", "exact"), host: host)
    try pair.loop.run { pair.client.isDecided }
    if let mismatch {
      #expect(pair.client.failure?.message.contains(mismatch) == true)
    } else {
      #expect(pair.client.failure == nil)
    }
    pair.close()
  }

  @Test("names given in the settings go before those of the certificate, and an exact name before a wildcard")
  func configuredNames() throws {
    let context = try TLSContext.server(
      TLSServerSettings(certificates: [
        certificates.certificate("a"), certificates.certificate("self", names: ["*.wild.test"]),
        certificates.certificate("exact", names: ["exact.wild.test"]),
      ]))
    for (host, fails) in [("exact.wild.test", false), ("other.wild.test", true)] {
      let pair = try TLSPair(client: .client(certificates.client), server: context, host: host)
      try pair.loop.run { pair.client.isDecided }
      #expect((pair.client.failure != nil) == fails)
      #expect(pair.client.failure?.message.contains("self-signed") != false)
      pair.close()
    }
  }

  @Test("a client that offers only other protocols is refused; one that offers none is served")
  func applicationProtocols() throws {
    var settings = certificates.client
    settings.applicationProtocols = ["h2", "spdy/3"]
    var pair = try TLSPair(client: .client(settings), server: server("a"))
    try pair.handshake()
    #expect(pair.client.failure?.message.contains("no application protocol") == true)
    #expect(pair.server.failure?.kind == .protocol)
    pair.close()
    settings.applicationProtocols = ["h2", "http/1.1"]
    pair = try TLSPair(client: .client(settings), server: server("a"))
    try pair.handshake()
    #expect(pair.client.session.applicationProtocol == "http/1.1")
    pair.close()
    settings.applicationProtocols = []
    pair = try TLSPair(client: .client(settings), server: server("a"))
    try pair.handshake()
    #expect(pair.client.failure == nil && pair.client.session.applicationProtocol == nil)
    pair.close()
  }

  @Test("versions with nothing in common end with an alert that both sides can name")
  func versions() throws {
    var settings = certificates.client
    settings.maximumVersion = .v1_2
    let pair = try TLSPair(client: .client(settings), server: server("a") { $0.minimumVersion = .v1_3 })
    try pair.handshake()
    #expect(pair.server.failure?.message.contains("unsupported protocol") == true)
    #expect(pair.client.failure?.message.contains("alert protocol version") == true)
    pair.close()
  }

  @Test("a TLS 1.1 client is refused with the alert protocol_version")
  func oldClient() throws {
    // A ClientHello of version 3.2 with TLS_RSA_WITH_AES_128_CBC_SHA and no extensions (RFC 4346 section 7.4.1.2).
    let body: [UInt8] = [3, 2] + [UInt8](repeating: 1, count: 32) + [0, 0, 2, 0, 0x2F, 1, 0]
    let hello: [UInt8] = [22, 3, 1, 0, UInt8(body.count + 4), 1, 0, 0, UInt8(body.count)] + body
    let (result, error) = try answer(to: hello)
    #expect(result.first == 21)
    #expect(Array(result.suffix(2)) == [2, 70])
    #expect(error.message.contains("unsupported protocol"))
  }

  @Test("plain HTTP on a TLS port is told as such")
  func plainHTTP() throws {
    let (_, error) = try answer(to: Array("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".utf8))
    #expect(error.message == "TLS handshake failed: the client speaks plain HTTP to a TLS port")
    #expect(error.kind == .protocol)
  }

  @Test("a server that does not speak TLS is told as such")
  func plainServer() throws {
    let loop = try EventLoop()
    let (descriptor, server) = try connectedPair()
    let client = try TLSEndpoint(
      TLSSession.connect(.client(certificates.client), descriptor: descriptor, host: "a.test", port: 443),
      descriptor: descriptor)
    loop.register(client)
    send("HTTP/1.1 400 Bad Request\r\n\r\n", on: server)
    try loop.run { client.isDecided }
    #expect(client.failure?.message == "TLS handshake failed: wrong version number (does the peer speak TLS?)")
    loop.close(client)
    Sockets.close(server)
  }

  @Test("a peer that closes during the handshake is told as closed")
  func closedEarly() throws {
    let loop = try EventLoop()
    let (descriptor, server) = try connectedPair()
    let client = try TLSEndpoint(
      TLSSession.connect(.client(certificates.client), descriptor: descriptor, host: "a.test", port: 443),
      descriptor: descriptor)
    loop.register(client)
    Sockets.close(server)
    try loop.run { client.isDecided }
    #expect(client.failure?.kind == .closed)
    loop.close(client)
  }

  /// What a TLS server answers to some first bytes, and how it ends.
  private func answer(to bytes: [UInt8]) throws -> ([UInt8], TLSError) {
    let loop = try EventLoop()
    let (client, descriptor) = try connectedPair()
    defer { Sockets.close(client) }
    let server = try TLSEndpoint(TLSSession.accept(self.server("a"), descriptor: descriptor), descriptor: descriptor)
    loop.register(server)
    var transport = Transport(descriptor: client)
    let written = unsafe bytes.withUnsafeBytes { unsafe transport.write($0) }
    #expect(written == .bytes(bytes.count))
    try loop.run { server.isDecided }
    let error = try #require(server.failure)
    loop.close(server)
    return (receive(&transport).bytes, error)
  }
}
