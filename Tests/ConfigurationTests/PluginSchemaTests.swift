import Configuration
import JSON
import Testing

@Suite("Schemas of plugins")
struct PluginSchemaTests {
  struct Case: Sendable {
    let schema: String
    let value: String
    let faults: [String]
    init(_ schema: String, _ value: String, _ faults: String...) {
      self.schema = schema
      self.value = value
      self.faults = faults
    }
  }

  static let cases: [Case] = [
    Case(#"{"type":"string"}"#, "1", "config: expected a string"),
    Case(#"{"type":"integer"}"#, "1.5", "config: expected an integer"),
    Case(#"{"type":"integer"}"#, "1.0"),
    Case(#"{"type":"number"}"#, "\"1\"", "config: expected a number"),
    Case(#"{"type":"boolean"}"#, "0", "config: expected a boolean"),
    Case(#"{"type":"array"}"#, "1", "config: expected an array"),
    Case(#"{"type":"object","properties":{"a":{}}}"#, "1", "config: expected a record"),
    Case(#"{"type":"object","additionalProperties":{"type":"string"}}"#, "[1]", "config: expected a map"),
    Case(#"{"type":["string","integer"]}"#, "true", "config: expected a string or an integer"),
    Case(#"{"type":["string","null"]}"#, "null"),
    Case(#"{"type":"array"}"#, "{}"),
    Case(#"{"enum":["a","b"]}"#, "\"c\"", "config: expected one of: a, b"),
    Case(#"{"enum":[1,2]}"#, "3", "config: expected one of: 1, 2"),
    Case(#"{"const":"a"}"#, "\"c\"", "config: value must be a"),
    Case(#"{"minimum":0,"maximum":5}"#, "6", "config: value should be between 0 and 5"),
    Case(#"{"minimum":1}"#, "0", "config: value must be at least 1"),
    Case(#"{"maximum":1.5}"#, "2", "config: value must be at most 1.5"),
    Case(#"{"exclusiveMinimum":0}"#, "0", "config: value must be greater than 0"),
    Case(#"{"exclusiveMaximum":9}"#, "9", "config: value must be less than 9"),
    Case(#"{"multipleOf":5}"#, "7", "config: value must be a multiple of 5"),
    Case(#"{"minLength":1}"#, "\"\"", "config: length must be at least 1"),
    Case(#"{"maxLength":2}"#, "\"äöü\"", "config: length must be at most 2"),
    Case(#"{"minLength":2,"maxLength":2}"#, "\"a\"", "config: length must be 2"),
    Case(#"{"pattern":"^a"}"#, "\"ba\"", "config: invalid value: ba"),
    Case(#"{"pattern":"^a","x-message":"not a name"}"#, "\"ba\"", "config: not a name"),
    Case(#"{"pattern":"^a","x-secret":true}"#, "\"ba\"", "config: invalid value"),
    Case(#"{"minItems":1}"#, "[]", "config: length must be at least 1"),
    Case(#"{"maxItems":1}"#, "[1,2]", "config: length must be at most 1"),
    Case(#"{"uniqueItems":true}"#, "[1,2,1]", "config[2]: must not contain the same value twice"),
    Case(#"{"items":{"type":"string"}}"#, "[\"a\",1]", "config[1]: expected a string"),
    Case(
      #"{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}"#, "[\"a\",1]", "config[0]: expected an integer",
      "config[1]: expected a string"),
    Case(
      #"{"required":["a"],"properties":{"b":{}},"additionalProperties":false}"#, #"{"c":1}"#, "config.c: unknown field",
      "config.a: required field missing"),
    Case(#"{"additionalProperties":{"type":"integer"}}"#, #"{"c":"x"}"#, "config.c: expected an integer"),
    Case(#"{"propertyNames":{"maxLength":2}}"#, #"{"abc":1}"#, "config.abc: length must be at most 2"),
    Case(
      #"{"properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}"#, #"{"a":{"b":1}}"#,
      "config.a.b: expected a string"),
    Case(#"{"properties":{"a":{"type":"string"}}}"#, #"{"a":null}"#),
    Case(
      #"{"anyOf":[{"required":["a"]},{"required":["b"]}]}"#, "{}",
      "config: at least one of these fields must be non-empty: 'a', 'b'"),
    Case(
      #"{"oneOf":[{"required":["a"]},{"required":["b"]}]}"#, #"{"a":1,"b":2}"#,
      "config: exactly one of these fields must be non-empty: 'a', 'b'"),
    Case(
      #"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#, "true", "config: expected a string, or expected an integer"),
    Case(#"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#, "3"),
    Case(
      #"{"allOf":[{"minimum":3},{"maximum":1}]}"#, "2", "config: value must be at least 3",
      "config: value must be at most 1"),
    Case(
      #"{"not":{"required":["a","b"]}}"#, #"{"a":1,"b":1}"#,
      "config: only one or none of these fields must be set: 'a', 'b'"),
    Case(#"{"not":{"const":1}}"#, "1", "config: value is not allowed"),
    Case(
      #"{"if":{"properties":{"p":{"const":"azure"}},"required":["p"]},"then":{"required":["instance"]},"else":{"required":["url"]}}"#,
      #"{"p":"azure"}"#, "config: failed conditional validation given value of field 'p'",
      "config.instance: required field missing"),
    Case(
      #"{"if":{"properties":{"p":{"const":"azure"}},"required":["p"]},"then":{"required":["instance"]}}"#, #"{"p":"x"}"#
    ),
    Case(
      #"{"dependentRequired":{"a":["b"],"b":["a"]}}"#, #"{"a":1}"#,
      "config: all or none of these fields must be set: 'a', 'b'"),
    Case(#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, "config.b: required field missing"),
    Case(
      ##"{"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}}"##, #"{"a":"x"}"#,
      "config.a: expected an integer"),
    Case(
      ##"{"properties":{"a":{"$ref":"#"}},"additionalProperties":false}"##, #"{"a":{"a":{"b":1}}}"#,
      "config.a.a.b: unknown field"),
    Case("true", "1"),
    Case("{}", "{\"anything\": [1]}"),
    Case("", #"{"a":1}"#, "config.a: unknown field"),
  ]

  @Test("find what is wrong and say it in Kong's words", arguments: cases)
  func faults(_ example: Case) throws {
    let schema = try PluginSchema(parsing: example.schema)
    let (_, errors) = schema.validate(try JSONNode(parsing: example.value)) { pattern, text in
      pattern == "^a" ? text.hasPrefix("a") : nil
    }
    #expect(errors.map { "\($0.path): \($0.message)" } == example.faults)
  }

  @Test(
    "fill defaults, also within what a default left out, and show what is not there as null",
    arguments: [
      (
        #"{"properties":{"a":{"default":1},"b":{"default":{},"properties":{"c":{"default":[2]}, "d":{}}},"e":{"properties":{"f":{"default":3}}},"g":{}}}"#,
        #"{"g":null}"#, #"{"a":1,"b":{"c":[2]}}"#, #"{"a":1,"b":{"c":[2],"d":null},"e":null,"g":null}"#
      ),
      (
        #"{"properties":{"e":{"properties":{"f":{"default":3}}}}}"#, #"{"e":{}}"#, #"{"e":{"f":3}}"#, #"{"e":{"f":3}}"#
      ),
      (
        #"{"properties":{"l":{"items":{"properties":{"f":{"default":3},"g":{}}}}}}"#, #"{"l":[{},{"f":1}]}"#,
        #"{"l":[{"f":3},{"f":1}]}"#, #"{"l":[{"f":3,"g":null},{"f":1,"g":null}]}"#
      ),
    ])
  func defaults(_ schema: String, _ value: String, _ filled: String, _ complete: String) throws {
    let schema = try PluginSchema(parsing: schema)
    let (result, errors) = schema.validate(try JSONNode(parsing: value))
    #expect(errors.isEmpty)
    #expect(result == (try JSONNode(parsing: filled)))
    #expect(schema.complete(result) == (try JSONNode(parsing: complete)))
  }

  @Test("know where secrets are and where references may stand")
  func annotations() throws {
    let schema = try PluginSchema(
      parsing: ##"""
        {"$defs": {"secret": {"type": "string", "x-secret": true}},
         "properties": {"a": {"$ref": "#/$defs/secret"},
           "list": {"items": {"properties": {"key": {"x-secret": true, "x-referenceable": true}}}},
           "map": {"additionalProperties": {"x-secret": true}}, "plain": {}}}
        """##)
    let value = try JSONNode(parsing: #"{"a":"1","list":[{"key":"2"},{}],"map":{"x":"3"},"plain":"4"}"#)
    #expect(schema.secretPaths(of: value).map(\.description) == ["a", "list[0].key", "map.x"])
    #expect(schema.referenceablePaths(of: value).map(\.description) == ["list[0].key"])
  }

  @Test("let references stand for strings of any form, where they may")
  func references() throws {
    let schema = try PluginSchema(
      parsing:
        #"{"properties":{"a":{"type":"string","maxLength":3,"x-referenceable":true},"b":{"type":"string","maxLength":3}}}"#
    )
    let (_, errors) = schema.validate(try JSONNode(parsing: #"{"a":"{vault://env/x}","b":"{vault://env/x}"}"#))
    #expect(errors.map(\.path) == ["config.b"])
  }

  @Test(
    "that cannot be used are refused with the place",
    arguments: [
      (#"{"type":"text"}"#, "schema: /type: expected the name of a type"),
      (#"{"properties":{"a":{"minmum":1}}}"#, "schema: /properties/a/minmum: the keyword 'minmum' is not supported"),
      (##"{"$ref":"#/$defs/x"}"##, "schema: /$ref: '#/$defs/x' is no definition of this document"),
      (#"[]"#, "schema: a schema is an object, true or false"),
      (#"{"items":3}"#, "schema: /items: a schema is an object, true or false"),
    ])
  func unusable(_ text: String, _ message: String) {
    #expect(throws: PluginSchemaError.self) { try PluginSchema(parsing: text) }
    do { _ = try PluginSchema(parsing: text) } catch { #expect(error.description == message) }
  }

  @Test("that refer to themselves without end do not hang")
  func recursion() throws {
    let schema = try PluginSchema(
      parsing: ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}"##)
    #expect(!schema.validate(JSONNode(1)).errors.isEmpty)
  }
}
