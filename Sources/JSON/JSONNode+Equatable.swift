extension JSONNode: Equatable {
  /// Whether two nodes hold the same value, wherever they stood: numbers by their exact value, however spelled (`1`, `1.0`,
  /// `10e-1`), strings by their scalars, objects without regard to the order of members.
  public static func == (left: JSONNode, right: JSONNode) -> Bool {
    switch (left.content, right.content) {
    case (.null, .null): return true
    case (.boolean(let left), .boolean(let right)): return left == right
    case (.string(let left), .string(let right)): return left.isSpelledLike(right)
    case (.number(var left), .number(var right)):
      return left.withUTF8 { left in
        right.withUTF8 { right in
          unsafe JSONNumber(UnsafeRawBufferPointer(left)).equals(JSONNumber(UnsafeRawBufferPointer(right)))
        }
      }
    case (.array(let left), .array(let right)): return left == right
    case (.object(let left), .object(let right)): return equal(left, right)
    default: return false
    }
  }

  private static func equal(_ left: [Member], _ right: [Member]) -> Bool {
    guard left.count == right.count else { return false }
    func precedes(_ one: Member, _ other: Member) -> Bool { one.name.utf8.lexicographicallyPrecedes(other.name.utf8) }
    return zip(left.sorted(by: precedes), right.sorted(by: precedes)).allSatisfy { left, right in
      left.name.isSpelledLike(right.name) && left.value == right.value
    }
  }
}
