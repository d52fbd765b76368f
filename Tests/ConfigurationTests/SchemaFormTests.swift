import Configuration
import JSON
import Testing

@Suite("Schemas in Kong's form")
struct SchemaFormTests {
  static func field(_ name: String, of form: JSONNode) -> JSONNode? {
    form["fields"]?.array?.compactMap { $0[name] }.first
  }

  @Test(
    "tell clients types, defaults and bounds of fields",
    arguments: [
      (EntityType.services, "retries", #"{"type": "integer", "default": 5, "between": [0, 32767]}"#),
      (.services, "port", #"{"type": "integer", "required": true, "default": 80, "between": [0, 65535]}"#),
      (.services, "name", #"{"type": "string", "unique": true, "len_min": 1}"#),
      (.services, "client_certificate", #"{"type": "foreign", "reference": "certificates"}"#),
      (.routes, "strip_path", #"{"type": "boolean", "required": true, "default": true}"#),
      (.routes, "path_handling", #"{"type": "string", "default": "v0", "one_of": ["v0", "v1"], "len_min": 1}"#),
      (.targets, "weight", #"{"type": "integer", "default": 100, "between": [0, 65535]}"#),
      (
        .targets, "upstream",
        #"{"type": "foreign", "reference": "upstreams", "on_delete": "cascade", "required": true}"#
      ),
      (.plugins, "config", #"{"type": "record", "abstract": true}"#),
    ])
  func fields(_ type: EntityType, _ name: String, _ form: String) throws {
    #expect(Self.field(name, of: type.schema.kongForm()) == (try JSONNode(parsing: form)))
  }

  @Test("know the default of every field that has one")
  func defaults() throws {
    let form = EntityType.upstreams.schema.kongForm()
    let checks = try #require(Self.field("healthchecks", of: form))
    let active = try #require(Self.field("active", of: checks))
    #expect(Self.field("timeout", of: active)?["default"] == 1)
    #expect(Self.field("slots", of: form)?["default"] == 10000)
    #expect(EntityType.services.schema.kongForm()["entity_checks"]?.array?.count == 5)
  }

  @Test("are made of the JSON Schema of plugins")
  func plugin() throws {
    let form = try #require(try Samples.plugins()["ai-proxy"]).kongForm()
    let config = try #require(Self.field("config", of: form))
    #expect((config["type"], config["required"]) == ("record", true))
    #expect(
      Self.field("route_type", of: config) == [
        "type": "string", "required": true, "one_of": ["llm/v1/chat", "preserve"],
      ])
    let logging = try #require(Self.field("logging", of: config))
    #expect((logging["type"], logging["required"]) == ("record", true))
    #expect(Self.field("log_payloads", of: logging) == ["type": "boolean", "default": false])
    let auth = try #require(Self.field("auth", of: config))
    #expect(Self.field("header_value", of: auth) == ["type": "string", "referenceable": true, "encrypted": true])
    #expect(Self.field("protocols", of: form)?["default"] == ["grpc", "grpcs", "http", "https"])
  }
}
