import Testing

@testable import EventLoop

@Suite("TLS configuration")
struct TLSConfigurationTests {
  let certificates = TestCertificates.shared

  @Test(
    "an error in a certificate or key names the file and what is wrong with it",
    arguments: [
      ("missing.crt", "a.key", "certificate DIR/missing.crt: No such file or directory"),
      ("a.crt", "missing.key", "private key DIR/missing.key: No such file or directory"),
      ("text.pem", "a.key", "certificate DIR/text.pem: no PEM certificate found"),
      ("empty.pem", "a.key", "certificate DIR/empty.pem: no PEM certificate found"),
      ("a.key", "a.key", "certificate DIR/a.key: no PEM certificate found"),
      ("broken.crt", "a.key", "certificate DIR/broken.crt: malformed certificate (number 1): "),
      ("a.crt", "text.pem", "private key DIR/text.pem: no PEM private key found"),
      ("a.crt", "empty.pem", "private key DIR/empty.pem: no PEM private key found"),
      ("a.crt", "a.crt", "private key DIR/a.crt: no PEM private key found"),
      ("a.crt", "encrypted.key", "private key DIR/encrypted.key is encrypted; give it unencrypted"),
      ("a.crt", "wild.key", "private key DIR/wild.key does not match certificate DIR/a.crt (subject CN=a)"),
      (".", "a.key", "certificate DIR/.: Is a directory"),
    ])
  func errors(chain: String, key: String, message: String) {
    let certificate = TLSCertificate(
      chain: .file(certificates.path(chain)), key: .file(certificates.path(key)))
    let expected = message.split(separator: "DIR", omittingEmptySubsequences: false).joined(
      separator: certificates.directory)
    let server = #expect(throws: TLSError.self) {
      try TLSContext.server(TLSServerSettings(certificates: [certificates.certificate("a"), certificate]))
    }
    #expect(server?.message.hasPrefix(expected) == true, "\(server?.message ?? "")")
    #expect(server?.kind == .configuration)
    var settings = certificates.client
    settings.clientCertificate = certificate
    let client = #expect(throws: TLSError.self) { try TLSContext.client(settings) }
    #expect(client?.message == server?.message)
  }

  @Test("other settings that cannot work are refused with a reason")
  func otherErrors() {
    func message(_ make: () throws -> TLSContext) -> String? {
      #expect(throws: TLSError.self) { try make() }?.message
    }
    #expect(message { try .server(TLSServerSettings(certificates: [])) } == "no certificate given")
    var server = TLSServerSettings(certificates: [certificates.certificate("a")])
    server.ticketKey = [1, 2, 3]
    #expect(message { try .server(server) } == "the ticket key must have 80 bytes")
    server.ticketKey = nil
    server.cipherList = "NONSENSE"
    #expect(message { try .server(server) } == "cipher list NONSENSE: no cipher match")
    var client = certificates.client
    client.caFile = certificates.path("text.pem")
    #expect(
      message { try .client(client) } == "CA certificates \(certificates.path("text.pem")): no PEM certificate found")
    client = certificates.client
    client.applicationProtocols = [""]
    #expect(message { try .client(client) } == "application protocol \"\": must have 1 to 255 bytes")
    client = certificates.client
    client.minimumVersion = .v1_3
    client.maximumVersion = .v1_2
    #expect(message { try .client(client) } == "the highest TLS version is below the lowest")
  }

  @Test("the system's trusted certificates are used when none are given")
  func systemTrust() throws {
    let pair = try TLSPair(
      client: .client(), server: .server(TLSServerSettings(certificates: [certificates.certificate("a")])))
    try pair.loop.run { pair.client.isDecided }
    // The test CA is not among them.
    #expect(pair.client.failure?.message.contains("unable to get local issuer certificate") == true)
    pair.close()
  }
}
