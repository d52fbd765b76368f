import Configuration
import JSON
import Testing

@Suite("Vault references")
struct VaultTests {
  @Test(
    "are the whole of a value",
    arguments: [
      ("{vault://env/name}", "env", "name", nil as String?),
      ("{vault://my-vault/name/key}", "my-vault", "name", "key"),
      ("{vault://env/name?ttl=3#2}", "env", "name", nil),
    ])
  func parsed(_ text: String, _ vault: String, _ resource: String, _ key: String?) throws {
    let reference = try #require(VaultReference(parsing: text))
    #expect((reference.vault, reference.resource, reference.key) == (vault, resource, key))
  }

  @Test(
    "are nothing else",
    arguments: [
      "", "{vault://}", "{vault://env}", "x{vault://env/a}", "{vault://env/a} ", "{vault:/env/a}", "{vault:///a}",
    ])
  func others(_ text: String) {
    #expect(VaultReference(parsing: text) == nil)
  }

  @Test("are kept as written in the configuration, and resolved in the copy for workers")
  func resolved() throws {
    let configuration = try Samples.configuration(
      """
      _format_version: "3.0"
      vaults: [{name: env, prefix: my-vault, config: {prefix: TEAM_}}]
      plugins:
      - name: ai-proxy
        config:
          route_type: llm/v1/chat
          model: {provider: dashscope, name: "{vault://env/not-here}"}
          auth: {header_name: "{vault://env/no-such}", header_value: "{vault://env/api-key}"}
      - name: key-auth
        config: {realm: "{vault://env/api-key}"}
      consumers:
      - username: c
        keyauth_credentials: [{key: "{vault://my-vault/keys/first}"}, {key: plain-key}]
      """)
    let proxy = try #require(configuration.plugins.first { $0.name == "ai-proxy" })
    #expect(proxy.config["auth"]?["header_value"]?.string == "{vault://env/api-key}")

    let resolver = VaultResolver(
      environment: ["API_KEY": "sk-1", "TEAM_KEYS": #"{"first": "k-1"}"#], plugins: try Samples.plugins())
    let resolution = resolver.resolve(configuration)
    let resolved = try #require(resolution.configuration.plugins.first { $0.name == "ai-proxy" })
    #expect(resolved.config["auth"] == ["header_name": "", "header_value": "sk-1"])
    // Only fields that are marked may be references; elsewhere they are plain text.
    #expect(resolved.config["model"]?["name"]?.string == "{vault://env/not-here}")
    #expect(
      resolution.configuration.plugins.first { $0.name == "key-auth" }?.config["realm"]?.string
        == "{vault://env/api-key}")
    #expect(resolution.configuration.credentials.map { $0.node["key"]?.string } == ["k-1", "plain-key"])
    #expect(resolution.secrets == ["k-1", "plain-key", "sk-1"])
    #expect(
      resolution.warnings.map(\.message) == [
        "could not resolve reference {vault://env/no-such}: the environment variable NO_SUCH is not set"
      ])
  }

  @Test("that lead nowhere say why, without values")
  func warnings() throws {
    let text = { (reference: String) in
      "_format_version: '3.0'\nconsumers: [{username: c, keyauth_credentials: [{key: '\(reference)'}]}]"
    }
    let resolver = VaultResolver(environment: ["TEXT": "hunter22", "JSON": "{}"], plugins: [:])
    for (reference, reason) in [
      ("{vault://env/text/a}", "the environment variable TEXT is not JSON"),
      ("{vault://env/json/a}", "the environment variable JSON has no member 'a'"),
      ("{vault://other/a}", "there is no vault 'other'"),
    ] {
      let warnings = resolver.resolve(try Samples.configuration(text(reference))).warnings
      #expect(warnings.map(\.message) == ["could not resolve reference \(reference): \(reason)"])
    }
  }

  @Test("and secrets are masked in dumps: secrets by a mask, references stay")
  func masked() throws {
    let configuration = try Samples.configuration(
      """
      _format_version: "3.0"
      plugins:
      - name: ai-proxy
        config: {route_type: llm/v1/chat, model: {provider: openai}, auth: {header_name: X, header_value: hunter22}}
      consumers:
      - username: c
        keyauth_credentials: [{key: "{vault://env/a}"}, {key: hunter22}]
      """)
    let dump = configuration.masked(plugins: try Samples.plugins()).declarative().serializedString()
    #expect(!dump.contains("hunter22"))
    #expect(dump.contains("{vault://env/a}"))
    #expect(configuration.declarative().serializedString().contains("hunter22"))
  }
}
