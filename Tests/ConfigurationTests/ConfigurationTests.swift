import Configuration
import JSON
import Testing

@Suite("Configurations")
struct ConfigurationTests {
  static let everything = """
    _format_version: "3.0"
    _transform: true
    _comment: all kinds of entity
    _ignore: [x]
    services:
    - name: s
      url: https://s.test:8443/base
      tags: [a, b, a]
      client_certificate: {id: 00000000-0000-4000-8000-000000000001}
      ca_certificates: [00000000-0000-4000-8000-000000000002]
      _comment: mine
      routes:
      - name: r
        paths: [/p, "~/q/\\\\d+$"]
        hosts: ["*.test", "a.test:8000"]
        methods: [GET]
        headers: {X-Version: [v1, "~*v2.*"]}
        snis: [a.test]
        plugins:
        - {name: key-auth, instance_name: mine, enabled: false, protocols: [https]}
    - {name: bare, host: upstream.internal}
    routes:
    - {name: grpc, protocols: [grpc], paths: [/x], service: bare}
    - {name: stream, protocols: [tcp], sources: [{ip: 10.0.0.0/8, port: 5}], destinations: [{port: 6}]}
    upstreams:
    - name: upstream.internal
      healthchecks: {active: {healthy: {interval: 5}}}
      targets: [{target: host.test}, {target: "127.0.0.1:81", weight: 0}, {target: "[::1]:82"}]
    - {name: hashed, hash_on: header, hash_on_header: x-a}
    consumers:
    - username: c
      custom_id: "7"
      plugins: [{name: file-log, config: {path: /tmp/c.log}}]
      keyauth_credentials: [{key: k}]
      basicauth_credentials: [{username: u, password: p}]
      acls: [{group: g}]
    certificates:
    - id: 00000000-0000-4000-8000-000000000001
      cert: "{vault://env/cert}"
      key: "{vault://env/key}"
      snis: [{name: a.test}, "*.b.test"]
    ca_certificates:
    - {id: 00000000-0000-4000-8000-000000000002, cert: "-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----"}
    vaults: [{name: env, prefix: my-env}]
    key_sets: [{name: ks, keys: [{kid: k1, jwk: "{}"}]}]
    """

  @Test("of all kinds of entity are read into typed values")
  func everything() throws {
    let configuration = try Samples.configuration(Self.everything)
    let service = try #require(configuration.services.first)
    #expect((service.protocol, service.host, service.port, service.path) == (.https, "s.test", 8443, "/base"))
    #expect((service.clientCertificate, service.tags) == ("00000000-0000-4000-8000-000000000001", ["a", "b"]))
    #expect(service.caCertificates == ["00000000-0000-4000-8000-000000000002"])
    let routes = Dictionary(uniqueKeysWithValues: configuration.routes.map { ($0.name ?? "", $0) })
    let route = try #require(routes["r"])
    #expect(route.paths == ["/p", "~/q/\\d+$"])
    #expect(route.headers == [Route.Header(name: "x-version", values: ["v1", "~*v2.*"])])
    #expect((route.hosts, route.methods, route.snis) == (["*.test", "a.test:8000"], ["GET"], ["a.test"]))
    #expect(routes["grpc"]?.stripPath == false)
    #expect(routes["grpc"]?.serviceID == configuration.services.first { $0.name == "bare" }?.id)
    #expect(routes["stream"]?.sources.map(\.ip) == ["10.0.0.0/8"])
    #expect(routes["stream"]?.destinations.map(\.port) == [6])
    let plugin = try #require(configuration.plugins.first { $0.name == "key-auth" })
    #expect(
      (plugin.instanceName, plugin.enabled, plugin.protocols, plugin.routeID) == ("mine", false, [.https], route.id))
    #expect(plugin.config == ["key_names": ["apikey"], "hide_credentials": false])
    #expect(configuration.plugins.first { $0.name == "file-log" }?.consumerID == configuration.consumers.first?.id)
    #expect(configuration.targets.map(\.target) == ["host.test:8000", "127.0.0.1:81", "[::1]:82"])
    #expect(configuration.targets.map(\.host) == ["host.test", "127.0.0.1", "::1"])
    #expect(configuration.upstreams.map(\.algorithm) == ["round-robin", "consistent-hashing"])
    let checks = try #require(configuration.upstreams.first).activeChecks
    #expect((checks.healthyInterval, checks.healthyStatuses, checks.timeout) == (5, [200, 302], 1))
    #expect(configuration.snis.map(\.name) == ["a.test", "*.b.test"])
    #expect(Set(configuration.snis.map(\.certificateID)) == ["00000000-0000-4000-8000-000000000001"])
    #expect(configuration.credentials.map(\.type) == [.keyauthCredentials, .basicauthCredentials, .acls])
    #expect(configuration.vaults.first?.prefix == "my-env")
    #expect(configuration.others[.keys]?.first?["set"] != nil)
  }

  @Test("are handed to workers without loss")
  func encoded() throws {
    let configuration = try Samples.configuration(Self.everything)
    let text = configuration.encoded().serialized()
    #expect(GatewayConfiguration(encoded: try JSONNode(parsing: text)) == configuration)
  }

  @Test("come back the same when their export is read")
  func exported() throws {
    let configuration = try Samples.configuration(Self.everything)
    let export = configuration.declarative()
    #expect(export["_format_version"] == "3.0")
    #expect(export["_transform"] == false)
    #expect(try GatewayConfiguration(declarative: export, dialect: .kong, options: Samples.options()) == configuration)
  }

  @Test("of older formats get their regular expressions marked")
  func upgraded() throws {
    let text =
      #"{"_format_version": "1.1", "services": [{"name": "old", "host": "h", "routes": [{"name": "or", "paths": ["/re/\\d+", "/plain-1.0/~x"]}]}]}"#
    let configuration = try GatewayConfiguration(declarative: JSONNode(parsing: text))
    #expect(configuration.routes.first?.paths.first == "~/re/\\d+")
    let same = try GatewayConfiguration(
      declarative: JSONNode(parsing: text.replacing(#""1.1""#, with: #""3.0""#)))
    #expect(same.routes.first?.paths == ["/re/\\d+", "/plain-1.0/~x"])
    #expect(configuration.routes.first?.paths.last == "/plain-1.0/~x")
  }

  @Test("may use what decK adds: defaults, tags for all, shared configurations")
  func deck() throws {
    let configuration = try Samples.configuration(
      """
      _format_version: "3.0"
      _workspace: default
      _info:
        select_tags: [team-a]
        defaults:
          service: {retries: 2, protocol: https}
          route: {strip_path: false}
      _plugin_configs:
        shared: {path: /tmp/shared.log, reopen: true}
      services:
      - {name: s, host: h, retries: 3, tags: [own], routes: [{name: r, paths: [/]}]}
      plugins:
      - {name: file-log, _config: shared, config: {path: /tmp/own.log}}
      """)
    let service = try #require(configuration.services.first)
    #expect((service.retries, service.protocol, service.tags) == (3, .https, ["own", "team-a"]))
    #expect((configuration.routes.first?.stripPath, configuration.routes.first?.tags) == (false, ["team-a"]))
    #expect(configuration.plugins.first?.config == ["path": "/tmp/own.log", "reopen": true])
  }

  @Test("show entities as the Admin API does: all fields, null where there is nothing")
  func shapes() throws {
    let configuration = try Samples.configuration("_format_version: '3.0'\nservices: [{name: y, url: 'http://y.test'}]")
    let expected = """
      {"created_at": 1700000000, "updated_at": 1700000000, "write_timeout": 60000, "retries": 5, "protocol": "http", "tags": null,
       "port": 80, "client_certificate": null, "enabled": true, "ca_certificates": null, "host": "y.test", "name": "y", "tls_verify": null,
       "connect_timeout": 60000, "tls_verify_depth": null, "read_timeout": 60000, "id": "06348d58-d45b-53fc-8ac6-baf123e2ac2d", "path": null}
      """
    #expect(configuration.services.first?.node == (try JSONNode(parsing: expected)))
    #expect(configuration.services.first?.node(withWorkspace: "w")["ws_id"] == "w")
    #expect(configuration.nodesByID()["services"]?["06348d58-d45b-53fc-8ac6-baf123e2ac2d"]?["name"] == "y")
  }

  @Test(
    "take the url of a service apart",
    arguments: [
      ("http://a.test", "http a.test 80 -"), ("https://a.test/x?y=1#z", "https a.test 443 /x"),
      ("http://a.test:8080/", "http a.test 8080 /"), ("https://[::1]:8443/a/b", "https ::1 8443 /a/b"),
      ("grpcs://a.test", "grpcs a.test 443 -"), ("a.test:443", "https a.test 443 -"),
      ("a.test:8000", "http a.test 8000 -"),
      ("tcp://a.test:5", "tcp a.test 5 -"),
    ])
  func url(_ url: String, _ parts: String) throws {
    let configuration = try GatewayConfiguration(
      declarative: ["_format_version": "3.0", "services": [["name": "s", "url": JSONNode(.string(url))]]])
    let service = try #require(configuration.services.first)
    #expect("\(service.protocol.rawValue) \(service.host) \(service.port) \(service.path ?? "-")" == parts)
  }

  @Test("may be changed in part: only what is there is checked, nothing is filled")
  func partial() throws {
    let validator = EntityValidator(ValidationOptions(surface: .adminAPI))
    let (good, none) = validator.validate(["retries": 2, "path": nil], as: .services, partial: true)
    #expect(none.isEmpty)
    #expect(good == ["retries": 2, "path": nil])
    let (_, errors) = validator.validate(["host": nil, "retries": "x", "bogus": 1], as: .services, partial: true)
    #expect(
      errors.map { "\($0.path): \($0.message)" }.sorted() == [
        "bogus: unknown field", "host: required field missing", "retries: expected an integer",
      ])
  }
}
