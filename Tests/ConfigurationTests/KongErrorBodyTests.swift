import Configuration
import JSON
import Testing

@Suite("Kong's error objects")
struct KongErrorBodyTests {
  static func body(_ text: String, flatten: Bool) throws -> JSONNode {
    do throws(ConfigurationErrors) {
      let file = try DeclarativeFile(bytes: Array(text.utf8), name: nil, environment: nil)
      let options: ValidationOptions
      do { options = try Samples.options() } catch { throw ConfigurationErrors([]) }
      _ = try GatewayConfiguration(declarative: [file], dialect: .kong, options: options)
      return JSONNode(nil)
    } catch {
      return error.kongErrorBody(flatten: flatten)
    }
  }

  @Test(
    "of POST /config put messages where the fields stand",
    arguments: [
      ("{}", #"{"_format_version": "required field missing"}"#),
      ("[]", #"{"_format_version": "required field missing"}"#),
      (#"{"_format_version": "9.9"}"#, #"{"_format_version": "expected one of: 1.1, 2.1, 3.0"}"#),
      (#"{"_format_version": 3.0}"#, #"{"_format_version": "expected a string"}"#),
      (
        #"{"_format_version": "3.0", "bogus": 1, "_info": {}}"#,
        #"{"_info": "unknown field", "bogus": "unknown field"}"#
      ),
      (
        #"{"_format_version": "3.0", "services": [{"name": "a", "host": "h"}, {"name": "b", "host": "h", "path": "x"}]}"#,
        #"{"services": [null, {"path": "should start with: /"}]}"#
      ),
      (
        #"{"_format_version": "3.0", "routes": [{"name": "r", "paths": ["/"], "service": "none"}]}"#,
        #"{"routes": {"r": ["invalid reference 'service: none' (no such entry in 'services')"]}}"#
      ),
      (
        #"{"_format_version": "3.0", "services": [{"name": "a", "host": "h", "plugins": [{"name": "file-log", "config": {"path": "a*b"}}], "routes": [{"name": "r", "paths": ["/"], "plugins": [{"name": "key-auth", "config": {"bogus": true}}]}]}]}"#,
        #"{"services": [{"plugins": [{"config": {"path": "not a valid filename"}}], "routes": [{"plugins": [{"config": {"bogus": "unknown field"}}]}]}]}"#
      ),
      (
        #"{"_format_version": "3.0", "upstreams": [{"name": "u", "targets": [{"target": "a:b:c"}, {"weight": 1}], "algorithm": "x"}]}"#,
        #"{"upstreams": [{"algorithm": "expected one of: consistent-hashing, least-connections, round-robin, latency", "targets": [{"target": "Invalid target ('a:b:c'); not a valid hostname or ip address"}, {"target": "required field missing"}]}]}"#
      ),
      (
        #"{"_format_version": "3.0", "plugins": [{"name": "key-auth"}, {"name": "key-auth"}]}"#,
        #"{"plugins": [null, "uniqueness violation: 'plugins' entity with primary key set to '6b4f38d1-e026-540b-a5ea-8634739dd2a7' already declared"]}"#
      ),
      (
        #"{"_format_version": "3.0", "consumers": [{}]}"#,
        #"{"consumers": [{"@entity": ["at least one of these fields must be non-empty: 'custom_id', 'username'"]}]}"#
      ),
    ])
  func nested(_ text: String, _ fields: String) throws {
    let body = try Self.body(text, flatten: false)
    #expect(body["code"] == 14)
    #expect(body["name"] == "invalid declarative configuration")
    #expect(body["message"]?.string?.hasPrefix("declarative config is invalid: {") == true)
    #expect(body["fields"] == (try JSONNode(parsing: fields)))
    #expect(body["flattened_errors"] == nil)
  }

  @Test(
    "list the faults of entities one by one when asked to",
    arguments: [
      ("{}", "{}"),
      (
        #"{"_format_version": "3.0", "services": [{"name": "a"}]}"#,
        #"[{"entity_type": "service", "entity_name": "a", "errors": [{"field": "host", "type": "field", "message": "required field missing"}], "entity": {"name": "a"}}]"#
      ),
      (
        #"{"_format_version": "3.0", "services": [{"name": "a", "host": "h"}, {"name": "a", "host": "h2"}]}"#,
        #"[{"entity_type": "service", "entity_name": "a", "entity_id": "72734e2a-702d-5711-b9ef-697178108ad8", "errors": [{"type": "entity", "message": "uniqueness violation: 'services' entity with name set to 'a' already declared"}], "entity": {"host": "h2", "name": "a", "id": "72734e2a-702d-5711-b9ef-697178108ad8"}}]"#
      ),
      (
        #"{"_format_version": "3.0", "services": [{"name": "a", "host": "h", "tags": ["ok", "a,b"], "routes": [{"name": "r", "paths": ["/"]}]}]}"#,
        #"[{"entity_type": "service", "entity_name": "a", "entity_tags": ["ok", "a,b"], "entity": {"name": "a", "host": "h", "tags": ["ok", "a,b"]}, "errors": [{"type": "field", "field": "tags.2", "message": "invalid tag 'a,b': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"}]}]"#
      ),
      (
        #"{"_format_version": "3.0", "consumers": [{"username": "c", "keyauth_credentials": [{"key": 1}]}]}"#,
        #"[{"entity_type": "keyauth_credential", "errors": [{"field": "key", "type": "field", "message": "expected a string"}], "entity": {"key": 1}}]"#
      ),
    ])
  func flattened(_ text: String, _ list: String) throws {
    let body = try Self.body(text, flatten: true)
    #expect(body["flattened_errors"] == (try JSONNode(parsing: list)))
    if body["flattened_errors"]?.array != nil { #expect(body["fields"] == [:]) }
  }

  @Test("quote entities without their secrets")
  func secrets() throws {
    let text =
      #"{"_format_version": "3.0", "plugins": [{"name": "ai-proxy", "config": {"auth": {"header_name": "A", "header_value": "hunter22"}, "bogus": 1}}], "consumers": [{"username": "c", "keyauth_credentials": [{"key": "hunter22", "bogus": 1}]}]}"#
    let body = try Self.body(text, flatten: true)
    #expect(body["flattened_errors"]?.array?.count == 2)
    #expect(!body.serializedString().contains("hunter22"))
    #expect(body.serializedString().contains("[masked]"))
  }

  @Test(
    "of the Admin API say in one line what is wrong",
    arguments: [
      (EntityType.services, "{}", "schema violation (host: required field missing)"),
      (.services, #"{"bogus": 1}"#, "2 schema violations (bogus: unknown field; host: required field missing)"),
      (.services, #"{"host": ""}"#, "schema violation (host: length must be at least 1)"),
      (.services, #"{"host": "a", "tags": "x"}"#, "schema violation (tags: expected a set)"),
      (
        .services, #"{"host": "a", "connect_timeout": 0, "read_timeout": 2147483648}"#,
        "2 schema violations (connect_timeout: value should be between 1 and 2147483646; "
          + "read_timeout: value should be between 1 and 2147483646)"
      ),
      (
        .services, #"{"host": "a", "tls_verify": true}"#,
        "2 schema violations (failed conditional validation given value of field 'protocol'; tls_verify: value must be null)"
      ),
      (
        .routes, #"{"paths": ["a"]}"#,
        "schema violation (paths.1: should start with: / (fixed path) or ~/ (regex path))"
      ),
      (.routes, #"{"paths": ["/a"], "service": "x"}"#, "schema violation (service.id: missing primary key)"),
      (
        .routes, #"{"hosts": ["a b", "*"]}"#,
        "2 schema violations (hosts.1: invalid hostname: a b; "
          + "hosts.2: invalid wildcard: must be placed at leftmost or rightmost label)"
      ),
      (
        .routes, #"{"protocols": ["http", "tcp"], "paths": ["/a"]}"#,
        "schema violation (protocols: these sets are mutually exclusive: ('http', 'https'), ('tcp', 'tls', 'udp'))"
      ),
      (
        .routes, #"{"snis": ["a.test"], "protocols": ["http"]}"#,
        "3 schema violations ('snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'; "
          + "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'; snis: length must be 0)"
      ),
      (.routes, #"{"headers": {"x-a": "v"}}"#, "schema violation (headers: expected an array)"),
      (
        .routes, #"{"protocols": ["grpc"], "strip_path": true, "paths": ["/a"]}"#,
        "schema violation (strip_path: cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs')"
      ),
      (
        .upstreams, #"{"name": "u", "hash_on": "header"}"#,
        "2 schema violations (failed conditional validation given value of field 'hash_on'; hash_on_header: required field missing)"
      ),
      (
        .upstreams, #"{"name": "u", "healthchecks": {"active": {"http_path": "x", "healthy": {"interval": -1}}}}"#,
        "schema violation (healthchecks.active: {\n  healthy = {\n    interval = \"value should be between 0 and 65535\"\n  },\n"
          + "  http_path = \"should start with: /\"\n})"
      ),
      (
        .targets, #"{"upstream": {"id": "00000000-0000-4000-8000-000000000000"}, "target": "x:y:z"}"#,
        "schema violation (target: Invalid target; not a valid hostname or ip address)"
      ),
      (.vaults, #"{"name": "env", "prefix": "env"}"#, "schema violation (prefix: must not be one of: env)"),
      (.vaults, #"{"name": "nope", "prefix": "a"}"#, "schema violation (name: vault 'nope' is not installed)"),
      (
        .snis, #"{"name": "*.*", "certificate": {"id": "00000000-0000-4000-8000-000000000000"}}"#,
        "schema violation (name: only one wildcard must be specified)"
      ),
      (.plugins, #"{"config": {}}"#, "schema violation (name: required field missing)"),
      (.plugins, #"{"name": "file-log", "config": {}}"#, "schema violation (config.path: required field missing)"),
      (.plugins, #"{"name": "file-log", "config": null}"#, "schema violation (config: required field missing)"),
    ])
  func schemaViolation(_ type: EntityType, _ entity: String, _ message: String) throws {
    var options = try Samples.options()
    options.surface = .adminAPI
    let (_, errors) = EntityValidator(options).validate(try JSONNode(parsing: entity), as: type)
    let body = errors.kongSchemaViolation()
    #expect((body["code"], body["name"]) == (2, "schema violation"))
    #expect(body["message"]?.string == message)
  }
}
