import Configuration
import JSON
import Testing

@Suite("Errors of declarative files")
struct DeclarativeErrorTests {
  struct Case: Sendable {
    let text: String
    let complaints: [String]
    init(_ text: String, _ complaints: String...) {
      self.text = text
      self.complaints = complaints
    }
  }

  static let head = "_format_version: \"3.0\"\n"

  static let cases: [Case] = [
    Case(
      """
      _format_version: "3.0"
      services:
      - name: example-service
        url: http://example.com
        routes:
        - name: example-route
          paths: [/ok, bad]
      """,
      "torii.yaml:7:18: services[0].routes[0].paths[1]: should start with: / (fixed path) or ~/ (regex path)"),
    Case(
      head + "services:\n- name: a\n  retires: 3\n",
      "torii.yaml:3:3: services[0].host: required field missing (give 'host' or 'url')",
      "torii.yaml:4:3: services[0].retires: unknown field (did you mean 'retries'?)"),
    Case(
      head + "services:\n- {name: a, host: h, port: \"80\", retries: 1.5, enabled: yes please}\n",
      "torii.yaml:3:28: services[0].port: expected an integer (write the number without quotes)",
      "torii.yaml:3:43: services[0].retries: expected an integer",
      "torii.yaml:3:57: services[0].enabled: expected a boolean"),
    Case("services: []\n", "torii.yaml:1:1: _format_version: required field missing (write _format_version: \"3.0\")"),
    Case(
      "_format_version: 3.0\n",
      "torii.yaml:1:18: _format_version: expected a string (put the version in quotes: \"3.0\")"),
    Case(
      "_format_version: \"9.9\"\n",
      "torii.yaml:1:18: _format_version: expected one of: 1.1, 2.1, 3.0 (write _format_version: \"3.0\")"),
    Case("- a\n", "torii.yaml:1:1: expected an object (a file starts with _format_version: \"3.0\")"),
    Case(head + "sevices: []\n", "torii.yaml:2:1: sevices: unknown field (did you mean 'services'?)"),
    Case(
      head + "_konnect: {}\n",
      "torii.yaml:2:1: _konnect: Konnect is a service of Kong that this gateway does not speak to (remove '_konnect')"),
    Case(
      head + "consumer_groups: []\n",
      "torii.yaml:2:1: consumer_groups: unknown field (Kong Enterprise has these; remove them)"),
    Case(
      head + "_workspace: team\n",
      "torii.yaml:2:13: _workspace: there are no workspaces (remove '_workspace', or name it default)"),
    Case(head + "services: {name: a}\n", "torii.yaml:2:11: services: expected an array (start each entry with '- ')"),
    Case(
      head + "services: [null, x]\n", "torii.yaml:2:12: services[0]: expected a record",
      "torii.yaml:2:18: services[1]: expected a record"),
    Case(
      head + "routes:\n- {name: r, paths: [/], service: exmple}\nservices:\n- {name: example, host: h}\n",
      "torii.yaml:3:34: routes[0].service: invalid reference 'service: exmple' (no such entry in 'services') (did you mean 'example'?)"
    ),
    Case(
      head + "services:\n- {name: a, host: h}\n- {name: a, host: i}\n",
      "torii.yaml:4:10: services[1]: uniqueness violation: 'services' entity with name set to 'a' already declared"),
    Case(
      head + "plugins:\n- {name: key-auth}\n- {name: key-auth}\n",
      "torii.yaml:4:3: plugins[1]: uniqueness violation: 'plugins' entity with primary key set to "
        + "'6b4f38d1-e026-540b-a5ea-8634739dd2a7' already declared"),
    Case(
      head + "plugins:\n- name: file-lock\n",
      "torii.yaml:3:9: plugins[0].name: plugin 'file-lock' not enabled; add it to the 'plugins' configuration property "
        + "(did you mean 'file-log'?; looked for libfile-lock.so in /usr/lib/torii)"),
    Case(
      head
        + "plugins:\n- name: file-log\n  config: {path: a*b, reopn: true}\n- name: ai-proxy\n  config: {route_type: chat, model: {}}\n",
      "torii.yaml:4:18: plugins[0].config.path: not a valid filename",
      "torii.yaml:4:23: plugins[0].config.reopn: unknown field (did you mean 'reopen'?)",
      "torii.yaml:6:24: plugins[1].config.route_type: expected one of: llm/v1/chat, preserve",
      "torii.yaml:6:37: plugins[1].config.model.provider: required field missing"),
    Case(
      head + "routes:\n- {name: r, paths: ['~/a(b', /a/../b, '/a%2', //x]}\n",
      "torii.yaml:3:21: routes[0].paths[0]: invalid regex: '/a(b' (missing closing parenthesis)",
      "torii.yaml:3:30: routes[0].paths[1]: non-normalized path, consider use '/b' instead",
      "torii.yaml:3:39: routes[0].paths[2]: invalid url-encoded value: '%2'",
      "torii.yaml:3:47: routes[0].paths[3]: must not have empty segments"),
    Case(
      head + "routes:\n- name: r\n",
      "torii.yaml:3:3: routes[0]: must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https' "
        + "(for all requests: paths: [/])"),
    Case(
      head + "services:\n- {name: a, host: h, tls_verify: true}\n",
      "torii.yaml:3:3: services[0]: failed conditional validation given value of field 'protocol'",
      "torii.yaml:3:34: services[0].tls_verify: value must be null"),
    Case(
      head + "services:\n- {name: a, url: not a url}\n- {name: b, url: 3}\n",
      "torii.yaml:3:18: services[0].host: invalid value: not a url",
      "torii.yaml:4:3: services[1].host: required field missing (give 'host' or 'url')",
      "torii.yaml:4:18: services[1].url: expected a string"),
    Case(
      head + "consumers:\n- tags: [x]\n  keyauth_credentials:\n  - key: 1\n",
      "torii.yaml:3:3: consumers[0]: at least one of these fields must be non-empty: 'custom_id', 'username'",
      "torii.yaml:5:10: consumers[0].keyauth_credentials[0].key: expected a string (put the value in quotes)"),
    Case(
      head + "upstreams:\n- name: u\n  algorithm: x\n  targets:\n  - target: \"a:b:c\"\n  - weight: 1\n",
      "torii.yaml:4:14: upstreams[0].algorithm: expected one of: consistent-hashing, least-connections, round-robin, latency",
      "torii.yaml:6:13: upstreams[0].targets[0].target: Invalid target ('a:b:c'); not a valid hostname or ip address",
      "torii.yaml:7:5: upstreams[0].targets[1].target: required field missing"),
    Case(
      head + "plugins:\n- {name: key-auth, _config: shred}\n_plugin_configs:\n  shared: {}\n",
      "torii.yaml:3:29: plugins[0]._config: no such entry in '_plugin_configs': shred (did you mean 'shared'?)"),
    Case(
      head + "routes:\n- {name: r, paths: [/], protocols: [https], plugins: [{name: key-auth, protocols: [http]}]}\n",
      "torii.yaml:3:83: routes[0].plugins[0].protocols: must match the associated route's protocols (the route serves https)"
    ),
  ]

  @Test("say file, line, column, path, what is wrong and a way out, all at once", arguments: cases)
  func complaints(_ example: Case) throws {
    #expect(try Samples.complaints(example.text) == example.complaints)
  }

  @Test("of the syntax name the place")
  func syntax() throws {
    #expect(
      try Samples.complaints("{\"_format_version\": \"3.0\",\n \"services\": [}", name: "a.json").first?.hasPrefix(
        "a.json:2:15: ") == true)
    #expect(try Samples.complaints("a: 1\nb: ]\n").first?.hasPrefix("torii.yaml:2:4: ") == true)
  }

  @Test("name a file that cannot be read")
  func unreadable() {
    #expect(throws: ConfigurationErrors.self) { try DeclarativeFile.load(path: "/nonexistent/torii.yaml") }
    do {
      _ = try DeclarativeFile.load(path: "/nonexistent/torii.yaml")
    } catch {
      #expect(error.description.hasPrefix("/nonexistent/torii.yaml: cannot be read: No such file or directory"))
    }
  }

  @Test("never show a secret")
  func secrets() throws {
    let texts = try [
      Samples.complaints(
        Self.head
          + "consumers:\n- {username: a, keyauth_credentials: [{key: hunter22}]}\n- {username: b, keyauth_credentials: [{key: hunter22}]}\n"
      ),
      Samples.complaints(Self.head + "certificates:\n- {cert: x, key: hunter22}\n"),
      Samples.complaints(
        Self.head + "services:\n- {name: a, host: ${{ env \"DECK_HOST\" }} }\n",
        environment: ["DECK_HOST": "hunter22 x"]),
    ]
    for complaints in texts {
      #expect(!complaints.isEmpty)
      #expect(!complaints.contains { $0.contains("hunter22") })
    }
  }
}
