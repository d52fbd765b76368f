import Testing

@testable import EventLoop

@Suite("TLS resumption")
struct TLSResumptionTests {
  let certificates = TestCertificates.shared

  func server(_ names: [String] = ["a"], ticketKey: [UInt8]? = nil) throws -> TLSContext {
    var settings = TLSServerSettings(certificates: names.map { certificates.certificate($0) })
    settings.ticketKey = ticketKey
    return try TLSContext.server(settings)
  }

  func client(_ version: TLSVersion = .v1_3) throws -> TLSContext {
    var settings = certificates.client
    settings.maximumVersion = version
    return try TLSContext.client(settings)
  }

  /// Connects, lets the server say something (tickets come before it), and tells whether the session was resumed.
  func connect(_ client: TLSContext, _ server: TLSContext, host: String = "a.test", port: UInt16 = 443) throws -> Bool {
    let pair = try TLSPair(client: client, server: server, host: host, port: port)
    try pair.handshake()
    #expect(pair.client.failure == nil && pair.server.failure == nil)
    pair.server.outgoing = Array("hello".utf8)
    pair.server.pump()
    try pair.loop.run { pair.client.received.count == 5 }
    #expect(pair.client.session.resumed == pair.server.session.resumed)
    let resumed = pair.client.session.resumed
    pair.close()
    return resumed
  }

  @Test("the second connection resumes the first, and so on", arguments: [TLSVersion.v1_2, .v1_3])
  func resumes(version: TLSVersion) throws {
    let (client, server) = try (client(version), server())
    #expect(try !connect(client, server))
    for _ in 0..<4 { #expect(try connect(client, server)) }
  }

  @Test("a session is kept for its host and port alone")
  func keys() throws {
    let (client, server) = try (client(), server())
    #expect(try !connect(client, server))
    #expect(try !connect(client, server, port: 8443))
    #expect(try !connect(client, server, host: "b.test"))
    #expect(try connect(client, server))
    #expect(try connect(client, server, host: "b.test"))
  }

  @Test("a server with another certificate for the name resumes too")
  func severalCertificates() throws {
    let (client, server) = try (client(), server(["a", "exact"]))
    #expect(try !connect(client, server, host: "exact.wild.test"))
    #expect(try connect(client, server, host: "exact.wild.test"))
  }

  @Test("a TLS 1.3 ticket is used for one connection only")
  func singleUse() throws {
    let (client, server) = try (client(), server())
    #expect(try !connect(client, server))
    // The server sends two tickets; connections that never finish take one each and bring none.
    for expected in [true, true, false] {
      let pair = try TLSPair(client: client, server: server)
      #expect((pair.client.session.offersSession) == expected)
      pair.close()
    }
  }

  @Test("servers resume each other's sessions when they share the ticket key, and only then")
  func ticketKeys() throws {
    let key = (0..<80).map { UInt8($0) }
    let client = try client()
    #expect(try !connect(client, server(ticketKey: key)))
    #expect(try connect(client, server(ticketKey: key)))
    #expect(try !connect(client, server()))
  }
}
