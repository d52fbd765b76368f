/// Makes nodes of Swift values.
public struct JSONNodeEncoder: Sendable {
  /// How property names are spelled in the JSON.
  public var keySpelling: JSONKeySpelling

  /// Makes an encoder.
  public init(keySpelling: JSONKeySpelling = .asDeclared) { self.keySpelling = keySpelling }

  /// Encodes a value. Members stand in the order in which the type encodes them; those of dictionaries in the order of their names.
  ///
  /// - Throws: `EncodingError` for a number that is not finite, and what the type's own `encode(to:)` throws.
  public func encode(_ value: some Encodable) throws -> JSONNode {
    let encoding = NodeEncoding(slot: NodeSlot(), codingPath: [], keySpelling: keySpelling)
    try encoding.encode(value)
    return encoding.slot.node
  }
}

/// Where an encoded value is put: containers stay open while others are filled.
final class NodeSlot {
  private enum State {
    case empty
    case node(JSONNode)
    case array([NodeSlot])
    case object([(name: String, slot: NodeSlot)])
  }

  private var state = State.empty

  /// What was put here; an empty object when nothing was.
  var node: JSONNode {
    switch state {
    case .empty: JSONNode(.object([]))
    case .node(let node): node
    case .array(let slots): JSONNode(.array(slots.map(\.node)))
    case .object(let members):
      JSONNode(.object(members.map { JSONNode.Member(name: $0.name, value: $0.slot.node) }))
    }
  }

  var count: Int {
    if case .array(let slots) = state { slots.count } else { 0 }
  }

  func put(_ node: JSONNode) { state = .node(node) }

  func beginArray() {
    if case .array = state { return }
    state = .array([])
  }

  func beginObject() {
    if case .object = state { return }
    state = .object([])
  }

  func appendElement() -> NodeSlot {
    let slot = NodeSlot()
    guard case .array(var slots) = state else { return slot }
    state = .empty
    slots.append(slot)
    state = .array(slots)
    return slot
  }

  func member(_ name: String) -> NodeSlot {
    let slot = NodeSlot()
    guard case .object(var members) = state else { return slot }
    state = .empty
    if let place = members.firstIndex(where: { $0.name.isSpelledLike(name) }) {
      members[place].slot = slot
    } else {
      members.append((name, slot))
    }
    state = .object(members)
    return slot
  }

  func sortMembers() {
    guard case .object(var members) = state else { return }
    members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    state = .object(members)
  }
}

/// The encoding of one value.
struct NodeEncoding: Encoder {
  let slot: NodeSlot
  let codingPath: [any CodingKey]
  let keySpelling: JSONKeySpelling
  /// The value is a dictionary: its keys are data and keep their spelling.
  var isDictionary = false
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.beginObject()
    return KeyedEncodingContainer(KeyedSlots<Key>(encoding: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.beginArray()
    return UnkeyedSlots(encoding: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  /// The encoding of an element or member.
  func descend(to slot: NodeSlot, _ step: any CodingKey) -> NodeEncoding {
    NodeEncoding(slot: slot, codingPath: codingPath + [step], keySpelling: keySpelling)
  }
}

extension NodeEncoding: SingleValueEncodingContainer {
  func encodeNil() { slot.put(nil) }
  func encode(_ value: Bool) { slot.put(JSONNode(value)) }
  func encode(_ value: String) { slot.put(JSONNode(value)) }
  func encode(_ value: Float) throws { try number(value, spelling: value.description) }
  func encode(_ value: Double) throws { try number(value, spelling: value.description) }
  func encode(_ value: Int) { slot.put(JSONNode(value)) }
  func encode(_ value: Int8) { slot.put(JSONNode(value)) }
  func encode(_ value: Int16) { slot.put(JSONNode(value)) }
  func encode(_ value: Int32) { slot.put(JSONNode(value)) }
  func encode(_ value: Int64) { slot.put(JSONNode(value)) }
  func encode(_ value: UInt) { slot.put(JSONNode(value)) }
  func encode(_ value: UInt8) { slot.put(JSONNode(value)) }
  func encode(_ value: UInt16) { slot.put(JSONNode(value)) }
  func encode(_ value: UInt32) { slot.put(JSONNode(value)) }
  func encode(_ value: UInt64) { slot.put(JSONNode(value)) }

  func encode<Value: Encodable>(_ value: Value) throws {
    if let node = value as? JSONNode {
      slot.put(node)
    } else if value is any StringKeyedDictionary {
      var encoding = self
      encoding.isDictionary = true
      slot.beginObject()
      try value.encode(to: encoding)
      slot.sortMembers()
    } else {
      try value.encode(to: self)
    }
  }

  /// A float has fewer digits than the double of the same value: it brings its own spelling.
  private func number<Value: BinaryFloatingPoint>(_ value: Value, spelling: String) throws {
    guard value.isFinite else {
      throw EncodingError.invalidValue(
        value, EncodingError.Context(codingPath: codingPath, debugDescription: "JSON has no number for \(spelling)"))
    }
    let isWhole = value.rounded(.towardZero) == value && spelling.hasSuffix(".0")
    slot.put(JSONNode(.number(isWhole ? String(spelling.dropLast(2)) : spelling)))
  }
}

/// Dictionaries whose keys become member names.
private protocol StringKeyedDictionary {}
extension Dictionary: StringKeyedDictionary where Key == String, Value: Encodable {}

extension JSONNode: Encodable {
  /// Puts the node as it is. Only ``JSONNodeEncoder`` can do that.
  public func encode(to encoder: any Encoder) throws {
    guard let encoding = encoder as? NodeEncoding else {
      throw EncodingError.invalidValue(
        self,
        EncodingError.Context(
          codingPath: encoder.codingPath, debugDescription: "a JSONNode is encoded by JSONNodeEncoder only"))
    }
    encoding.slot.put(self)
  }
}
