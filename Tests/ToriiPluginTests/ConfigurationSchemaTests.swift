import CToriiPlugin
import JSON
import Testing
import ToriiPlugin

extension SDKTests {
  @Suite("Schemas derived from Swift types")
  struct ConfigurationSchemaTests {
    enum Level: String, CaseIterable, Codable, Sendable { case low, high }

    struct Inner: PluginConfiguration {
      var keyName: String
      static let rules: [String: [ConfigurationRule]] = ["keyName": [.secret]]
    }

    struct Everything: PluginConfiguration {
      var headerName = "X-A"
      var isOn = true
      var count: UInt16 = 3
      var ratio = 0.5
      var level = Level.high
      var note: String?
      var inner: [Inner] = []
      var map: [String: Int] = [:]
      static let defaults: Self? = Self()
      static let rules: [String: [ConfigurationRule]] = ["headerName": [.minimumLength(1)]]
    }

    struct Required: PluginConfiguration {
      var url: String
      var retries: Int?
      var inner: Inner
    }

    struct ByHand: PluginConfiguration {
      enum Kind: String, Codable { case a, b }
      var kind: Kind
    }

    struct WrongRule: PluginConfiguration {
      var name: String
      static let rules: [String: [ConfigurationRule]] = ["nmae": [.secret]]
    }

    final class Derived<Configuration: PluginConfiguration>: ConfiguredPlugin {
      static var descriptor: PluginDescriptor {
        PluginDescriptor(name: "derived", version: "1.0.0", priority: 0, phases: [])
      }
      init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {}
    }

    func schema<Configuration: PluginConfiguration>(_ type: Configuration.Type) throws -> JSONNode {
      let text = try #require(Configured<Derived<Configuration>>.descriptor.configurationSchema)
      return try JSONNode(parsing: Array(text.utf8))
    }

    @Test("types, defaults, rules and nesting become keywords; names are spelled in snake case")
    func everything() throws {
      let expected: JSONNode = [
        "type": "object",
        "properties": [
          "header_name": ["type": "string", "default": "X-A", "minLength": 1],
          "is_on": ["type": "boolean", "default": true],
          "count": ["type": "integer", "minimum": 0, "maximum": 65535, "default": 3],
          "ratio": ["type": "number", "default": 0.5],
          "level": ["type": "string", "enum": ["low", "high"], "default": "high"],
          "note": ["type": "string"],
          "inner": [
            "type": "array",
            "items": [
              "type": "object", "properties": ["key_name": ["type": "string", "x-secret": true]],
              "required": ["key_name"], "additionalProperties": false,
            ],
            "default": [],
          ],
          "map": ["type": "object", "additionalProperties": ["type": "integer"], "default": [:]],
        ],
        "additionalProperties": false,
      ]
      #expect(
        try schema(Everything.self).serializedString(sortedKeys: true) == expected.serializedString(sortedKeys: true))
    }

    @Test("what has no default and is not optional is required")
    func required() throws {
      #expect(try schema(Required.self)["required"]?.array?.compactMap(\.string) == ["url", "inner"])
    }

    @Test("a plugin without configuration takes none")
    func nothing() throws {
      let expected: JSONNode = ["type": "object", "properties": [:], "additionalProperties": false]
      #expect(try schema(NoConfiguration.self).serializedString() == expected.serializedString())
    }

    @Test("a type that cannot be derived gives a schema that says so, which no host takes")
    func underivable() throws {
      let name = try #require(try schema(ByHand.self).members?.first?.name)
      #expect(name.hasPrefix("no schema can be derived of ByHand"))
      #expect(try #require(try schema(WrongRule.self).members?.first?.name).contains("'nmae', which is no property"))
    }

    @Test("a schema that is given is taken as it is")
    func given() {
      final class Given: ConfiguredPlugin {
        static var descriptor: PluginDescriptor {
          PluginDescriptor(name: "given", version: "1.0.0", priority: 0, phases: [], configurationSchema: "{}")
        }
        init(_ configuration: NoConfiguration, _ context: inout InstanceContext) throws(PluginError) {}
      }
      #expect(Configured<Given>.descriptor.configurationSchema == "{}")
    }
  }
}
