import JSON

/// Random values and random spellings of them.
struct RandomNode {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// A value, nested up to `depth` levels.
  mutating func node(depth: Int) -> JSONNode {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return nil
    case 1: return JSONNode(Bool.random(using: &random))
    case 2: return JSONNode(.number(number()))
    case 3, 4: return JSONNode(text())
    case 5: return JSONNode((0..<count()).map { _ in node(depth: depth - 1) })
    default:
      var object: JSONNode = [:]
      for _ in 0..<count() { object.set(text(), node(depth: depth - 1)) }
      return object
    }
  }

  /// A spelling of a value: random white space, and strings with random escapes.
  mutating func spelling(_ node: JSONNode) -> String {
    switch node.content {
    case .null, .boolean, .number: return space() + node.serializedString() + space()
    case .string(let text): return space() + spelling(text) + space()
    case .array(let elements):
      return space() + "[" + (elements.isEmpty ? space() : elements.map { spelling($0) }.joined(separator: ",")) + "]"
        + space()
    case .object(let members):
      let spelled = members.map { space() + spelling($0.name) + space() + ":" + spelling($0.value) }
      return space() + "{" + (members.isEmpty ? space() : spelled.joined(separator: ",")) + "}" + space()
    }
  }

  private mutating func pick<Item>(_ items: [Item]) -> Item { items[Int.random(in: items.indices, using: &random)] }

  private mutating func count() -> Int { Int.random(in: 0...5, using: &random) }

  private mutating func space() -> String {
    (0..<pick([0, 0, 0, 1, 3])).map { _ in pick([" ", "\n", "\r", "\t"]) }.joined()
  }

  private mutating func number() -> String {
    let whole = pick(["0", "-0", "7", "-12", "1234567890", "99999999999999999999999"])
    let fraction = pick(["", "", ".0", ".5", ".125000", ".0001"])
    let exponent = pick(["", "", "e0", "E+2", "e-7", "e300"])
    return whole + fraction + exponent
  }

  private mutating func text() -> String {
    let pieces = [
      "a", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "é", "人工", "😀", "long text without anything special ", "\u{FFFF}",
      " ",
    ]
    return (0..<count()).map { _ in pick(pieces) }.joined()
  }

  private mutating func spelling(_ text: String) -> String {
    var spelled = "\""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || Int.random(in: 0..<8, using: &random) == 0 {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
          spelled += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else if scalar == "\"" || scalar == "\\" {
        spelled += "\\" + String(scalar)
      } else {
        spelled.unicodeScalars.append(scalar)
      }
    }
    return spelled + "\""
  }
}
