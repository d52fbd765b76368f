extension JSONNode {
  /// Whether the node is `null`.
  public var isNull: Bool {
    if case .null = content { true } else { false }
  }

  /// The string; `nil` for another kind.
  public var string: String? {
    if case .string(let value) = content { value } else { nil }
  }

  /// The boolean; `nil` for another kind.
  public var boolean: Bool? {
    if case .boolean(let value) = content { value } else { nil }
  }

  /// The number, if it is integral (`1.0` and `1e2` are) and fits; `nil` otherwise and for another kind.
  public var integer: Int? { exactInteger() }

  /// The double nearest to the number; `nil` when it is too large for one, and for another kind.
  public var double: Double? {
    guard case .number(var text) = content else { return nil }
    return text.withUTF8 { unsafe JSONNumber(UnsafeRawBufferPointer($0)).double() }
  }

  /// The number as written; `nil` for another kind.
  public var number: String? {
    if case .number(let text) = content { text } else { nil }
  }

  /// The elements; `nil` for another kind than an array.
  public var array: [JSONNode]? {
    if case .array(let elements) = content { elements } else { nil }
  }

  /// The members in order; `nil` for another kind than an object.
  public var members: [Member]? {
    if case .object(let members) = content { members } else { nil }
  }

  /// The number as an integer of some type; `nil` when it is not integral or does not fit, and for another kind.
  public func exactInteger<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer? {
    guard case .number(var text) = content else { return nil }
    return text.withUTF8 { unsafe JSONNumber(UnsafeRawBufferPointer($0)).integer() }
  }

  /// The member of a name; `nil` when there is none, or the node is not an object.
  ///
  /// Setting one replaces the member's value in its place or adds it at the end; `nil` removes it.
  /// A node that is not an object becomes one when a member is set.
  public subscript(_ name: String) -> JSONNode? {
    get { member(named: name)?.value }
    set {
      if let newValue { set(name, newValue) } else { remove(name) }
    }
  }

  /// The member of a name, with the name's place; `nil` when there is none, or the node is not an object.
  public func member(named name: String) -> Member? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name.isSpelledLike(name) }
  }

  /// The element at a position from 0; `nil` when there is none, or the node is not an array.
  public subscript(_ position: Int) -> JSONNode? {
    guard case .array(let elements) = content, elements.indices.contains(position) else { return nil }
    return elements[position]
  }

  /// Gives a member a value, in its place or at the end. A node that is not an object becomes one.
  public mutating func set(_ name: String, _ value: JSONNode) {
    guard case .object(var members) = content else {
      content = .object([Member(name: name, value: value)])
      return
    }
    // The array must be the only one that names its storage, or changing a member would copy them all.
    content = .null
    if let place = members.firstIndex(where: { $0.name.isSpelledLike(name) }) {
      members[place].value = value
    } else {
      members.append(Member(name: name, value: value))
    }
    content = .object(members)
  }

  /// Removes a member and returns its value; `nil` when there was none.
  @discardableResult
  public mutating func remove(_ name: String) -> JSONNode? {
    guard case .object(var members) = content,
      let place = members.firstIndex(where: { $0.name.isSpelledLike(name) })
    else { return nil }
    content = .null
    let removed = members.remove(at: place)
    content = .object(members)
    return removed.value
  }

  /// Adds an element at the end. A node that is not an array becomes one.
  public mutating func append(_ element: JSONNode) {
    guard case .array(var elements) = content else {
      content = .array([element])
      return
    }
    content = .null
    elements.append(element)
    content = .array(elements)
  }
}
