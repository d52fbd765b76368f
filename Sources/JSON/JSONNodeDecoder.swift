/// Makes Swift values of nodes: plugin configurations, Admin API bodies.
///
/// Numbers must be exact for integers. A member that is `null` counts as absent for optional properties.
/// Members that the type does not name are passed over.
public struct JSONNodeDecoder: Sendable {
  /// How property names are spelled in the JSON.
  public var keySpelling: JSONKeySpelling

  /// Makes a decoder.
  public init(keySpelling: JSONKeySpelling = .asDeclared) { self.keySpelling = keySpelling }

  /// Decodes a value.
  ///
  /// - Throws: the first thing that is wrong, by path and location. Other errors that a type's own `init(from:)` throws
  ///   are passed on in its message, with the path that the type was reading.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from node: JSONNode
  ) throws(JSONDecodingError) -> Value {
    do {
      return try NodeDecoding(node: node, codingPath: [], keySpelling: keySpelling).decode(type)
    } catch let error as JSONDecodingError {
      throw error
    } catch let error as DecodingError {
      throw Self.located(error, in: node)
    } catch {
      throw JSONDecodingError(path: "", location: node.location, message: String(describing: error))
    }
  }

  /// Finds the place of an error that the standard library, or a type's own code, made.
  private static func located(_ error: DecodingError, in root: JSONNode) -> JSONDecodingError {
    let context: DecodingError.Context
    switch error {
    case .dataCorrupted(let found), .keyNotFound(_, let found), .typeMismatch(_, let found),
      .valueNotFound(_, let found):
      context = found
    @unknown default:
      return JSONDecodingError(path: "", location: root.location, message: String(describing: error))
    }
    var node = root
    var steps: [any CodingKey] = []
    for step in context.codingPath {
      if let position = step.intValue, let element = node[position] {
        node = element
        steps.append(step)
      } else {
        let names = [step.stringValue, SnakeCase.from(step.stringValue)]
        guard let member = names.lazy.compactMap({ node.member(named: $0) }).first else { break }
        node = member.value
        steps.append(JSONPathStep(stringValue: member.name))
      }
    }
    return JSONDecodingError(
      path: steps.pathText, location: node.location, message: context.debugDescription)
  }
}

/// The decoding of one node.
struct NodeDecoding: Decoder {
  let node: JSONNode
  let codingPath: [any CodingKey]
  let keySpelling: JSONKeySpelling
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let members) = node.content else { throw mismatch("an object") }
    return KeyedDecodingContainer(KeyedNodes<Key>(decoding: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = node.content else { throw mismatch("an array") }
    return UnkeyedNodes(decoding: self, elements: elements)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  /// The decoding of an element or member.
  func descend(to node: JSONNode, _ step: any CodingKey) -> NodeDecoding {
    NodeDecoding(node: node, codingPath: codingPath + [step], keySpelling: keySpelling)
  }

  func error(_ message: String) -> JSONDecodingError {
    JSONDecodingError(path: codingPath.pathText, location: node.location, message: message)
  }

  func mismatch(_ expected: String) -> JSONDecodingError { error("expected \(expected), found \(node.summary)") }
}

extension NodeDecoding: SingleValueDecodingContainer {
  func decodeNil() -> Bool { node.isNull }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let value = node.boolean else { throw mismatch("true or false") }
    return value
  }

  func decode(_ type: String.Type) throws -> String {
    guard let value = node.string else { throw mismatch("a string") }
    return value
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard let value = node.double else { throw mismatch("a number") }
    return value
  }

  func decode(_ type: Float.Type) throws -> Float {
    let value = Float(try decode(Double.self))
    guard value.isFinite else { throw mismatch("a smaller number") }
    return value
  }

  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

  private func integer<Integer: FixedWidthInteger>() throws -> Integer {
    guard let value = node.exactInteger(Integer.self) else {
      throw mismatch(
        node.number == nil ? "an integer" : "an integer from \(Integer.min) to \(Integer.max)")
    }
    return value
  }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    // A node is taken as it is, with its places.
    if type == JSONNode.self, let value = node as? Value { return value }
    return try Value(from: self)
  }
}

extension JSONNode: Decodable {
  /// Takes a part of a node as it is. Only ``JSONNodeDecoder`` can do that.
  public init(from decoder: any Decoder) throws {
    guard let decoding = decoder as? NodeDecoding else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: decoder.codingPath, debugDescription: "a JSONNode is decoded by JSONNodeDecoder only"))
    }
    self = decoding.node
  }
}
