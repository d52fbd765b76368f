import JSON

/// JSON Schemas of Swift types.
///
/// Decoding is tried with a decoder that gives a value of any type asked for, and notes what was asked.
enum ConfigurationSchema {
  /// The schema of a configuration as text.
  ///
  /// A type that cannot be derived gives a schema with a keyword that says so: the gateway refuses the library with it.
  static func derived<Configuration: PluginConfiguration>(from type: Configuration.Type) -> String {
    do {
      var schema = try SchemaRecorder.schema(of: type)
      if schema["properties"] == nil {
        schema = ["type": "object", "properties": [:], "additionalProperties": false]
      }
      return schema.serializedString()
    } catch {
      return JSONNode([(name: "no schema can be derived of \(type): \(error)", value: true as JSONNode)])
        .serializedString()
    }
  }
}

extension JSONNode {
  fileprivate init(_ members: [(name: String, value: JSONNode)]) {
    self.init(.object(members.map { Member(name: $0.name, value: $0.value) }))
  }
}

/// Why a schema cannot be derived.
struct UnderivableType: Error, CustomStringConvertible {
  let description: String
}

/// Notes what one value asks of its decoder.
final class SchemaRecorder {
  fileprivate var node: JSONNode = [:]
  /// The properties that the type first asked for whether they are there.
  fileprivate var optional: Set<String> = []

  /// The schema of a type, and a value of it.
  fileprivate static func record<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSONNode, value: Value) {
    if let value = JSONNode(.null) as? Value { return ([:], value) }
    if let cases = try enumeration(type) { return cases }
    let recorder = SchemaRecorder()
    do {
      let value = try Value(from: RecordingDecoder(recorder: recorder))
      if let configuration = type as? any PluginConfiguration.Type {
        try complete(&recorder.node, configuration)
      }
      return (recorder.node, value)
    } catch let error as UnderivableType {
      throw error
    } catch {
      throw UnderivableType(description: "\(type) takes no placeholder (\(error))")
    }
  }

  static func schema<Value: Decodable>(of type: Value.Type) throws -> JSONNode { try record(type).schema }

  /// The cases of an enumeration by raw value.
  private static func enumeration<Value: Decodable>(_ type: Value.Type) throws -> (schema: JSONNode, value: Value)? {
    guard let enumeration = type as? any CaseIterable.Type else { return nil }
    func all<Cases: CaseIterable>(_ cases: Cases.Type) -> [Any] { Array(cases.allCases) }
    let cases = all(enumeration)
    guard let first = cases.first as? Value else { return nil }
    let encoder = JSONNodeEncoder(keySpelling: .snakeCase)
    var values: [JSONNode] = []
    for one in cases {
      guard let encodable = one as? any Encodable else { return nil }
      values.append(try encoder.encode(encodable))
    }
    guard let kind = values.first.map({ $0.string != nil ? "string" : "integer" }) else { return nil }
    return (["type": JSONNode(kind), "enum": JSONNode(values)], first)
  }

  /// Adds defaults and rules, and closes the object.
  private static func complete<Configuration: PluginConfiguration>(
    _ node: inout JSONNode, _ type: Configuration.Type
  ) throws {
    guard var properties = node["properties"] else { return }
    var required = node["required"]?.array?.compactMap(\.string) ?? []
    if let defaults = type.defaults {
      let filled = try JSONNodeEncoder(keySpelling: .snakeCase).encode(defaults)
      for member in filled.members ?? [] where !member.value.isNull {
        guard var property = properties[member.name] else { continue }
        property.set("default", member.value)
        properties.set(member.name, property)
        required.removeAll { $0 == member.name }
      }
    }
    for (name, rules) in type.rules {
      let spelled = spell(name)
      guard var property = properties[spelled] else {
        throw UnderivableType(description: "\(type).rules names '\(name)', which is no property")
      }
      for rule in rules {
        property.set(rule.keyword, rule.value)
        if rule.keyword == "default" { required.removeAll { $0 == spelled } }
      }
      properties.set(spelled, property)
    }
    node.set("properties", properties)
    node.remove("required")
    if !required.isEmpty { node.set("required", JSONNode(required.map { JSONNode($0) })) }
    node.set("additionalProperties", false)
  }

  /// A property's name as JSON has it.
  fileprivate static func spell(_ name: String) -> String {
    struct Named: Encodable {
      let name: String
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(true, forKey: AnyKey(stringValue: name))
      }
    }
    let encoded = try? JSONNodeEncoder(keySpelling: .snakeCase).encode(Named(name: name))
    return encoded?.members?.first?.name ?? name
  }

  fileprivate func add(_ name: String, _ schema: JSONNode, isRequired: Bool) {
    let spelled = Self.spell(name)
    node.set("type", "object")
    var properties = node["properties"] ?? [:]
    properties.set(spelled, schema)
    node.set("properties", properties)
    guard isRequired else { return }
    var required = node["required"]?.array ?? []
    required.append(JSONNode(spelled))
    node.set("required", JSONNode(required))
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}

private struct RecordingDecoder: Decoder {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    recorder.node.set("type", "object")
    return KeyedDecodingContainer(RecordingObject<Key>(recorder: recorder))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    recorder.node.set("type", "array")
    return RecordingArray(recorder: recorder)
  }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { RecordingValue(recorder: recorder) }
}

/// A placeholder of each type that JSON has.
private struct RecordingValue: SingleValueDecodingContainer {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { false }
  func decode(_ type: Bool.Type) throws -> Bool {
    recorder.node.set("type", "boolean")
    return false
  }
  func decode(_ type: String.Type) throws -> String {
    recorder.node.set("type", "string")
    return ""
  }
  func decode(_ type: Double.Type) throws -> Double {
    recorder.node.set("type", "number")
    return 0
  }
  func decode(_ type: Float.Type) throws -> Float {
    recorder.node.set("type", "number")
    return 0
  }
  func decode(_ type: Int.Type) throws -> Int { integer(nil) }
  func decode(_ type: Int8.Type) throws -> Int8 { integer(Int8.min...Int8.max) }
  func decode(_ type: Int16.Type) throws -> Int16 { integer(Int16.min...Int16.max) }
  func decode(_ type: Int32.Type) throws -> Int32 { integer(Int32.min...Int32.max) }
  func decode(_ type: Int64.Type) throws -> Int64 { integer(nil) }
  func decode(_ type: UInt.Type) throws -> UInt { unsigned() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { integer(UInt8.min...UInt8.max) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { integer(UInt16.min...UInt16.max) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { integer(UInt32.min...UInt32.max) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { unsigned() }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let found = try SchemaRecorder.record(type)
    recorder.node = found.schema
    return found.value
  }

  private func integer<Integer: FixedWidthInteger>(_ range: ClosedRange<Integer>?) -> Integer {
    recorder.node.set("type", "integer")
    if let range {
      recorder.node.set("minimum", JSONNode(range.lowerBound))
      recorder.node.set("maximum", JSONNode(range.upperBound))
    }
    return 0
  }
  private func unsigned<Integer: FixedWidthInteger>() -> Integer {
    recorder.node.set("type", "integer")
    recorder.node.set("minimum", 0)
    return 0
  }
}

private struct RecordingObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }

  /// Only dictionaries ask: any name will do.
  var allKeys: [Key] {
    recorder.node.set("additionalProperties", true)
    return [Key(stringValue: "*")].compactMap { $0 }
  }
  func contains(_ key: Key) -> Bool {
    recorder.optional.insert(key.stringValue)
    return true
  }
  func decodeNil(forKey key: Key) throws -> Bool {
    recorder.optional.insert(key.stringValue)
    return false
  }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let found = try SchemaRecorder.record(type)
    if recorder.node["additionalProperties"] != nil {
      recorder.node.set("additionalProperties", found.schema)
    } else {
      recorder.add(key.stringValue, found.schema, isRequired: !recorder.optional.contains(key.stringValue))
    }
    return found.value
  }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw UnderivableType(description: "it decodes by hand") }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw UnderivableType(description: "it decodes by hand")
  }
  func superDecoder() throws -> any Decoder { throw UnderivableType(description: "it is a class that inherits") }
  func superDecoder(forKey key: Key) throws -> any Decoder {
    throw UnderivableType(description: "it is a class that inherits")
  }
}

/// An array of one element.
private struct RecordingArray: UnkeyedDecodingContainer {
  let recorder: SchemaRecorder
  var codingPath: [any CodingKey] { [] }
  var count: Int? { 1 }
  var currentIndex = 0
  var isAtEnd: Bool { currentIndex > 0 }

  init(recorder: SchemaRecorder) { self.recorder = recorder }

  mutating func decodeNil() throws -> Bool { false }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let found = try SchemaRecorder.record(type)
    recorder.node.set("items", found.schema)
    currentIndex += 1
    return found.value
  }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { throw UnderivableType(description: "it decodes by hand") }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw UnderivableType(description: "it decodes by hand")
  }
  mutating func superDecoder() throws -> any Decoder {
    throw UnderivableType(description: "it is a class that inherits")
  }
}
