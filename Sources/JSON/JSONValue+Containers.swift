extension JSONValue {
  /// The elements of an array in order; none for another kind.
  @inlinable public var elements: JSONElements { JSONElements(kind == .array ? self : nil, of: self) }

  /// The members of an object in order, repeated names included; none for another kind.
  @inlinable public var members: JSONMembers { JSONMembers(kind == .object ? self : nil, of: self) }

  /// The first member with a name; `nil` when there is none, or the value is not an object.
  /// Names are compared decoded; what lies between is passed over without a look.
  @inlinable
  public subscript(_ name: StaticString) -> JSONValue? {
    for (key, value) in members where key.equals(name) { return value }
    return nil
  }

  /// The first member whose decoded name has these UTF-8 bytes; `nil` when there is none, or the value is not an object.
  public func member(_ name: UnsafeRawBufferPointer) -> JSONValue? {
    for (key, value) in members where unsafe key.equals(utf8: name) { return value }
    return nil
  }

  /// The element at a position from 0; `nil` when there is none, or the value is not an array.
  /// It is found by stepping over those before it.
  public func element(_ position: Int) -> JSONValue? {
    var rest = position
    for element in elements {
      if rest == 0 { return element }
      rest -= 1
    }
    return nil
  }
}

/// The elements of an array; see ``JSONValue/elements``.
@safe
@frozen
public struct JSONElements: Sequence, IteratorProtocol {
  // Entries of the tape between those of the array's first element and its end.
  @usableFromInline let text: UnsafeRawPointer
  @usableFromInline var entry: UnsafePointer<UInt64>
  @usableFromInline let end: UnsafePointer<UInt64>

  @inlinable @inline(__always)
  init(_ container: JSONValue?, of value: JSONValue) {
    unsafe text = unsafe value.text
    unsafe entry = unsafe container == nil ? value.entry : value.entry + 2
    unsafe end = unsafe container == nil ? value.entry : value.entry + JSONTape.length(value.entry)
  }

  /// The next element.
  @inlinable
  public mutating func next() -> JSONValue? {
    guard unsafe entry < end else { return nil }
    let value = unsafe JSONValue(text: text, entry: entry)
    unsafe entry += JSONTape.length(entry)
    return value
  }
}

/// The members of an object; see ``JSONValue/members``.
@safe
@frozen
public struct JSONMembers: Sequence, IteratorProtocol {
  // Entries of the tape between those of the object's first name and its end.
  @usableFromInline let text: UnsafeRawPointer
  @usableFromInline var entry: UnsafePointer<UInt64>
  @usableFromInline let end: UnsafePointer<UInt64>

  @inlinable @inline(__always)
  init(_ container: JSONValue?, of value: JSONValue) {
    unsafe text = unsafe value.text
    unsafe entry = unsafe container == nil ? value.entry : value.entry + 2
    unsafe end = unsafe container == nil ? value.entry : value.entry + JSONTape.length(value.entry)
  }

  /// The next member: its name (a string) and its value.
  @inlinable
  public mutating func next() -> (key: JSONValue, value: JSONValue)? {
    guard unsafe entry < end else { return nil }
    let key = unsafe JSONValue(text: text, entry: entry)
    unsafe entry += JSONTape.length(entry)
    let value = unsafe JSONValue(text: text, entry: entry)
    unsafe entry += JSONTape.length(entry)
    return (key, value)
  }
}
