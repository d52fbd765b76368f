import Configuration
import Foundation
import JSON
import Testing
import YAML

@testable import Control

@Suite("torii gateway")
struct GatewayCommandTests {
  static let route = """
    _format_version: "3.0"
    services:
    - name: example-service
      url: http://httpbin.konghq.com/anything
    routes:
    - name: example-route
      paths: [/anything]
      service: {name: example-service}
    """
  static let proxy = """
    _format_version: "3.0"
    plugins:
    - name: ai-proxy
      config:
        route_type: llm/v1/chat
        llm_format: anthropic
        logging: {log_statistics: true}
        auth:
          header_name: Authorization
          header_value: Bearer ${{ env "DECK_DASHSCOPE_API_KEY" }}
        model:
          provider: dashscope
          name: qwen-plus
          options: {max_tokens: 512, temperature: 1.0}
    """
  static let log = """
    _format_version: "3.0"
    plugins:
    - name: file-log
      config: {path: /tmp/claude.json}
    """
  static let environment = ["DECK_DASHSCOPE_API_KEY": "sk-0123456789"]

  static func summary(_ created: Int, _ updated: Int, _ deleted: Int) -> String {
    "Summary:\n  Created: \(created)\n  Updated: \(updated)\n  Deleted: \(deleted)\n"
  }

  private let gateway: RunningGateway

  init() throws { gateway = try RunningGateway() }

  private func apply(_ text: String, to gateway: RunningGateway? = nil) -> (code: Int32, out: String, error: String) {
    (gateway ?? self.gateway).gateway("apply", "-", input: text, environment: Self.environment)
  }

  private func dump(_ gateway: RunningGateway) -> String {
    gateway.gateway("dump", "-o", "-", "--with-id").out
  }

  @Test("three documents one after the other give the same entities as one file with all of them")
  func tutorial() throws {
    let steps = [
      (Self.route, "creating service example-service\ncreating route example-route\n" + Self.summary(2, 0, 0)),
      (Self.proxy, "creating plugin ai-proxy (global)\n" + Self.summary(1, 0, 0)),
      (Self.log, "creating plugin file-log (global)\n" + Self.summary(1, 0, 0)),
    ]
    for (text, expected) in steps {
      let result = apply(text)
      #expect(result.code == 0)
      #expect(result.error == "")
      #expect(result.out == expected)
    }
    let other = try RunningGateway()
    let logEntry = Self.log.components(separatedBy: "plugins:\n")[1]
    let parts = Self.proxy.components(separatedBy: "\n").dropFirst().joined(separator: "\n")
    #expect(apply("\(Self.route)\n\(parts)\n\(logEntry)", to: other).out.hasSuffix(Self.summary(4, 0, 0)))
    #expect(dump(gateway) == dump(other))
    #expect(dump(gateway).contains("Bearer sk-0123456789"))
  }

  @Test("applying the same again changes nothing, whatever order sets and defaults come in")
  func idempotence() throws {
    for text in [Self.route, Self.proxy, Self.log] { #expect(apply(text).code == 0) }
    for text in [Self.route, Self.proxy, Self.log] { #expect(apply(text).out == Self.summary(0, 0, 0)) }
    let spelledOut = """
      _format_version: "3.0"
      services:
      - {name: example-service, url: "http://httpbin.konghq.com/anything", retries: 5, enabled: true}
      plugins:
      - {name: file-log, protocols: [https, http, grpcs, grpc], config: {path: /tmp/claude.json, reopen: false}}
      """
    #expect(apply(spelledOut).out == Self.summary(0, 0, 0))
  }

  @Test("entities of every kind are created, known again, and removed by sync")
  func allKinds() throws {
    let text = """
      _format_version: "3.0"
      services:
      - name: s
        host: u.internal
        tags: [b, a]
        routes:
        - name: r
          hosts: [a.test]
          plugins: [{name: file-log, config: {path: /r}}]
      consumers:
      - username: c
        keyauth_credentials: [{key: secret-key}]
        basicauth_credentials: [{username: bob, password: pw}]
        acls: [{group: g}]
        plugins: [{name: file-log, config: {path: /c}}]
      upstreams:
      - name: u.internal
        targets: [{target: "10.0.0.1:80"}, {target: ten.test, weight: 5}]
      vaults: [{name: env, prefix: my-env, config: {prefix: X_}}]
      key_sets: [{name: ks}]
      """
    let first = apply(text)
    #expect(first.error == "")
    #expect(first.out.hasSuffix(Self.summary(13, 0, 0)))
    #expect(first.out.contains("creating target 10.0.0.1:80 for upstream u.internal\n"))
    #expect(first.out.contains("creating plugin file-log for route r\n"))
    #expect(first.out.contains("creating key-auth *****t-key for consumer c\n"))
    #expect(apply(text).out == Self.summary(0, 0, 0))
    // What was dumped is what is there.
    let dumped = gateway.gateway("dump", "-o", "-").out
    #expect(gateway.gateway("diff", "-", input: dumped).out == Self.summary(0, 0, 0))
    let sync = gateway.gateway("sync", "-", input: Self.route)
    #expect(sync.error == "")
    #expect(sync.out.hasSuffix(Self.summary(2, 0, 13)))
    #expect(gateway.gateway("sync", "-", input: Self.route).out == Self.summary(0, 0, 0))
  }

  @Test("entities that were made under ids of the gateway's choice are changed, not made again")
  func foreignIDs() throws {
    for (path, body) in [
      ("/plugins", #"{"name": "file-log", "config": {"path": "/old"}}"#),
      ("/services", #"{"name": "example-service", "host": "old.test"}"#),
    ] {
      let answer = try gateway.exchange(
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
      #expect(answer.hasPrefix("HTTP/1.1 201"))
    }
    let plugin = apply(Self.log)
    #expect(plugin.out.hasSuffix(Self.summary(0, 1, 0)))
    #expect(plugin.out.contains("-    \"path\": \"/old\"\n+    \"path\": \"/tmp/claude.json\"\n"))
    #expect(apply(Self.route).out.hasSuffix(Self.summary(1, 1, 0)))
    #expect(apply(Self.log).out == Self.summary(0, 0, 0))
  }

  @Test("diff shows what would be done, does nothing, and says so by its exit code when asked")
  func diff() throws {
    #expect(apply(Self.route).code == 0)
    let changed = Self.route.replacingOccurrences(of: "/anything]", with: "/other]")
    let result = gateway.gateway("diff", "--non-zero-exit-code", "-", input: changed)
    #expect(result.code == 2)
    #expect(result.out.contains("updating route example-route  "))
    #expect(result.out.hasSuffix(Self.summary(0, 1, 0)))
    #expect(gateway.gateway("diff", "-", input: changed).code == 0)
    #expect(gateway.gateway("diff", "--non-zero-exit-code", "-", input: Self.route).code == 0)
    let empty = "_format_version: \"3.0\""
    #expect(
      gateway.gateway("diff", "-", input: empty).out
        == "deleting route example-route\ndeleting service example-service\n" + Self.summary(0, 0, 2))
  }

  @Test("secrets are not shown in differences, neither the old nor the new")
  func masking() throws {
    #expect(apply(Self.proxy).code == 0)
    let result = gateway.gateway(
      "apply", "-", input: Self.proxy, environment: ["DECK_DASHSCOPE_API_KEY": "sk-another-one"])
    #expect(result.out.contains("updating plugin ai-proxy (global)"))
    #expect(!result.out.contains("sk-"))
    let json = gateway.gateway("apply", "--json-output", "-", input: Self.proxy, environment: Self.environment)
    #expect(json.out.contains("\t\t\"updating\": 1,\n"))
    #expect(!json.out.contains("sk-"))
    let sanitized = gateway.gateway("dump", "-o", "-", "--sanitize")
    #expect(sanitized.out.contains("'[masked]'") || sanitized.out.contains("\"[masked]\""))
  }

  @Test("a refused write is told in decK's words, behind the summary, with exit code 1")
  func refusedWrite() throws {
    let result = apply(
      """
      _format_version: "3.0"
      services: [{name: s, host: h}]
      plugins: [{name: file-log, config: {paht: /a}}]
      """)
    #expect(result.code == 1)
    #expect(
      result.out == "creating service s\ncreating plugin file-log (global)\n" + Self.summary(1, 0, 0))
    #expect(
      result.error
        == "Error: 1 errors occurred:\n\twhile processing event: Create plugin file-log (global) failed: HTTP status 400 (message: \"2 schema violations (config.paht: unknown field; config.path: required field missing)\")\n\n"
    )
    #expect(apply("_format_version: \"3.0\"\nplugins: [{name: nope}]").error.contains("plugin 'nope' not enabled"))
  }

  @Test("what cannot be read is told with its place, and nothing is written")
  func unreadable() throws {
    let unset = gateway.gateway("apply", "-", input: Self.proxy)
    #expect(unset.code == 1)
    #expect(unset.error.contains("DECK_DASHSCOPE_API_KEY"))
    let wrong = apply("_format_version: \"3.0\"\nservices:\n- name: s\n  host: h\n  port: 99999\n- name: t\n")
    #expect(wrong.code == 1)
    #expect(wrong.error.contains("stdin:5:9: services[0].port: value should be between 0 and 65535"))
    #expect(wrong.error.contains("services[1].host: required field missing"))
    #expect(gateway.gateway("apply", "/none/such.yaml").error.contains("/none/such.yaml"))
    #expect(gateway.gateway("diff", "-", input: "_format_version: \"3.0\"").out == Self.summary(0, 0, 0))
  }

  @Test("tags select what sync looks at, and declared entities get them")
  func selectTags() throws {
    #expect(apply(Self.route).code == 0)
    let text = "_format_version: \"3.0\"\n_info: {select_tags: [team]}\nservices: [{name: mine, host: h}]"
    #expect(gateway.gateway("sync", "-", input: text).out == "creating service mine\n" + Self.summary(1, 0, 0))
    let less = "_format_version: \"3.0\"\n_info: {select_tags: [team]}"
    #expect(gateway.gateway("sync", "-", input: less).out == "deleting service mine\n" + Self.summary(0, 0, 1))
  }

  @Test("validate tells everything that the gateway would refuse and changes nothing")
  func validate() throws {
    let good = gateway.gateway("validate", "-", input: Self.route)
    #expect(good.code == 0)
    #expect(good.out == "")
    let bad = gateway.gateway(
      "validate", "-", input: "_format_version: \"3.0\"\nplugins: [{name: file-log}, {name: nope}]")
    #expect(bad.code == 1)
    #expect(
      bad.error.hasPrefix("Error: 2 errors occurred:\n\tvalidate entity 'plugins (file-log (global))': HTTP status 400")
    )
    #expect(gateway.gateway("diff", "-", input: "_format_version: \"3.0\"").out == Self.summary(0, 0, 0))
  }

  @Test("reset asks before it removes everything")
  func reset() throws {
    #expect(apply(Self.route).code == 0)
    #expect(gateway.gateway("reset", answer: "no").out.hasSuffix("> Are you sure? "))
    #expect(apply(Self.route).out == Self.summary(0, 0, 0))
    #expect(gateway.gateway("reset", answer: "yes").out.hasSuffix(Self.summary(0, 0, 2)))
    #expect(gateway.gateway("reset", "-f").out == Self.summary(0, 0, 0))
  }

  @Test("ping says the version; help says what there is; what is unknown is refused")
  func words() throws {
    #expect(gateway.gateway("ping").out == "Successfully connected to Kong!\nKong version:  3.9.1-torii-0.1.0\n")
    for definition in CommandDefinition.all {
      let help = gateway.gateway(definition.name, "--help")
      #expect(help.code == 0)
      #expect(help.out.contains("Usage:\n  torii gateway \(definition.name) "))
      for option in definition.options { #expect(help.out.contains("--\(option.name) ")) }
    }
    #expect(gateway.gateway("--help").out.contains("  apply "))
    #expect(gateway.gateway("apply", "--bogus").error.hasPrefix("Error: unknown flag: --bogus\n"))
    #expect(gateway.gateway("publish").code == 1)
    #expect(gateway.gateway("ping", "-w", "team").code == 1)
  }

  @Test("a gateway that is not there is told with its address, by flag or environment")
  func unreachable() throws {
    var error = ""
    let console = CommandConsole(out: { _ in }, error: { error += $0 })
    let code = GatewayCommand.run(
      ["ping"], environment: ["DECK_KONG_ADDR": "http://127.0.0.1:1/base/"], console: console)
    #expect(code == 1)
    #expect(error == "Error: GET http://127.0.0.1:1/base/: connect: Connection refused (111)\n")
  }
}
