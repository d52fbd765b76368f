/// The members of an object being decoded.
struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoding: NodeDecoding
  let members: [JSONNode.Member]

  var codingPath: [any CodingKey] { decoding.codingPath }

  var allKeys: [Key] {
    members.compactMap { member in
      // Keys of dictionaries take any name as it is; only properties are respelled.
      if let key = Key(stringValue: member.name) { return key }
      guard decoding.keySpelling == .snakeCase else { return nil }
      return Key(stringValue: SnakeCase.toCamelCase(member.name))
    }
  }

  func contains(_ key: Key) -> Bool { member(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { member(key)?.value.isNull ?? true }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).decode(type) }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try value(key).decode(type)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try value(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try value(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try superDecoder(JSONPathStep(stringValue: "super")) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try superDecoder(key) }

  private func superDecoder(_ key: any CodingKey) throws -> any Decoder {
    guard let member = member(key) else { return decoding.descend(to: JSONNode(.null), key) }
    return decoding.descend(to: member.value, JSONPathStep(stringValue: member.name))
  }

  private func member(_ key: any CodingKey) -> JSONNode.Member? {
    let name = key.stringValue
    if let member = members.first(where: { $0.name.isSpelledLike(name) }) { return member }
    guard decoding.keySpelling == .snakeCase else { return nil }
    let snakeCase = SnakeCase.from(name)
    return members.first { $0.name.isSpelledLike(snakeCase) }
  }

  private func value(_ key: Key) throws -> NodeDecoding {
    guard let member = member(key) else {
      let name = decoding.keySpelling == .snakeCase ? SnakeCase.from(key.stringValue) : key.stringValue
      let path = codingPath + [JSONPathStep(stringValue: name)]
      throw JSONDecodingError(path: path.pathText, location: decoding.node.location, message: "required, but missing")
    }
    return decoding.descend(to: member.value, JSONPathStep(stringValue: member.name))
  }
}

/// The elements of an array being decoded.
struct UnkeyedNodes: UnkeyedDecodingContainer {
  let decoding: NodeDecoding
  let elements: [JSONNode]
  private(set) var currentIndex = 0

  init(decoding: NodeDecoding, elements: [JSONNode]) {
    self.decoding = decoding
    self.elements = elements
  }

  var codingPath: [any CodingKey] { decoding.codingPath }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  mutating func decodeNil() throws -> Bool {
    guard try element().node.isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.decode(type) } }
  mutating func decode(_ type: String.Type) throws -> String { try next { try $0.decode(type) } }
  mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.decode(type) } }
  mutating func decode(_ type: Float.Type) throws -> Float { try next { try $0.decode(type) } }
  mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.decode(type) } }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.decode(type) } }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.decode(type) } }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.decode(type) } }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.decode(type) } }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.decode(type) } }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.decode(type) } }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.decode(type) } }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.decode(type) } }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.decode(type) } }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.decode(type) } }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try next { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try next { $0 } }

  private func element() throws -> NodeDecoding {
    guard !isAtEnd else {
      throw decoding.error("expected more than \(elements.count) elements")
    }
    return decoding.descend(to: elements[currentIndex], JSONPathStep(intValue: currentIndex))
  }

  /// Moves to the next element when `body` succeeds.
  private mutating func next<Value>(_ body: (NodeDecoding) throws -> Value) throws -> Value {
    let value = try body(try element())
    currentIndex += 1
    return value
  }
}
