import Configuration
import JSON
import Testing

@Suite("The tutorial's configuration")
struct TutorialTests {
  static let service = """
    _format_version: "3.0"
    services:
      - name: example-service
        url: http://httpbin.konghq.com/anything
        routes:
          - name: example-route
            paths:
              - "/anything"
            service:
              name: example-service
    """
  static let proxy = """
    _format_version: "3.0"
    plugins:
      - name: ai-proxy
        config:
          llm_format: anthropic
          route_type: llm/v1/chat
          logging:
            log_statistics: true
            log_payloads: false
          auth:
            header_name: Authorization
            header_value: Bearer ${{ env "DECK_DASHSCOPE_API_KEY" }}
          model:
            provider: dashscope
            name: qwen-plus
            options:
              max_tokens: 512
              temperature: 1.0
    """
  static let log = """
    _format_version: "3.0"
    plugins:
      - name: file-log
        config:
          path: "/tmp/claude.json"
    """
  static let environment = ["DECK_DASHSCOPE_API_KEY": "sk-tutorial"]

  @Test("is the same in three documents, one after the other, and in one file")
  func documents() throws {
    var applied = GatewayConfiguration()
    for text in [Self.service, Self.proxy, Self.log] {
      let file = try DeclarativeFile(bytes: Array(text.utf8), name: "stdin", environment: Self.environment)
      applied = try GatewayConfiguration(declarative: [file], options: Samples.options(), base: applied)
    }
    let plugins = [Self.proxy, Self.log].map { $0.split(separator: "\n").dropFirst(2).joined(separator: "\n") }
    let whole = Self.service + "\nplugins:\n" + plugins.joined(separator: "\n") + "\n"
    let one = try Samples.configuration(whole, environment: Self.environment)
    #expect(applied == one)
    let together = try GatewayConfiguration(
      declarative: [Self.service, Self.proxy, Self.log].map {
        try DeclarativeFile(bytes: Array($0.utf8), name: "f", environment: Self.environment)
      }, options: Samples.options())
    #expect(together == one)
  }

  @Test("means what it says")
  func meaning() throws {
    let configuration = try Samples.configuration(Self.service)
    let service = try #require(configuration.services.first)
    let route = try #require(configuration.routes.first)
    #expect(service.id == "7a267194-6123-5ee0-a1c9-4c1559eb0d95")
    #expect(
      (service.protocol, service.host, service.port, service.path) == (.http, "httpbin.konghq.com", 80, "/anything"))
    #expect((service.retries, service.connectTimeout, service.readTimeout, service.enabled) == (5, 60000, 60000, true))
    #expect(route.id == "eeb325b8-afd4-5ba2-a113-c34eeb969c1d")
    #expect(
      (route.serviceID, route.paths, route.stripPath, route.preserveHost) == (service.id, ["/anything"], true, false))
    #expect(route.protocols == [.http, .https])

    let plugin = try #require(
      try Samples.configuration(Self.proxy, environment: Self.environment).plugins.first)
    #expect((plugin.serviceID, plugin.routeID, plugin.consumerID, plugin.enabled) == (nil, nil, nil, true))
    #expect(plugin.config["auth"]?["header_value"]?.string == "Bearer sk-tutorial")
    #expect(plugin.config["model"]?["options"] == ["max_tokens": 512, "temperature": 1.0])
    #expect(plugin.node["config"]?["model"]?["options"]?["dashscope"]?.isNull == true)
  }

  @Test("applied again changes nothing, not even times")
  func idempotent() throws {
    let first = try Samples.configuration(Self.service)
    var options = try Samples.options()
    options.now += 60
    let file = try DeclarativeFile(bytes: Array(Self.service.utf8), name: "stdin", environment: [:])
    #expect(try GatewayConfiguration(declarative: [file], options: options, base: first) == first)
    let changed = try DeclarativeFile(
      bytes: Array("_format_version: '3.0'\nservices: [{name: example-service, host: other}]".utf8), name: nil,
      environment: [:])
    let service = try #require(
      try GatewayConfiguration(declarative: [changed], options: options, base: first).services.first)
    #expect((service.host, service.createdAt, service.updatedAt) == ("other", 1_700_000_000, 1_700_000_060))
  }

  @Test("may name what an earlier document declared")
  func references() throws {
    let base = try Samples.configuration(Self.service)
    let text = "_format_version: '3.0'\nplugins: [{name: key-auth, service: example-service}]"
    let file = try DeclarativeFile(bytes: Array(text.utf8), name: nil, environment: [:])
    let configuration = try GatewayConfiguration(declarative: [file], options: Samples.options(), base: base)
    #expect(configuration.plugins.first?.serviceID == configuration.services.first?.id)
  }
}
