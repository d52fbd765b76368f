import JSON

/// A tag that the reader understands.
enum Tag {
  /// `!`: a scalar is a string, whatever it looks like.
  case nonSpecific
  case string, integer, float, boolean, null
  case sequence, mapping
  /// A tag that was reported as unknown; the node is read as if it had none.
  case unknown

  /// The prefix of the handle `!!`, unless a directive changes it.
  static let corePrefix = "tag:yaml.org,2002:"

  /// The tag of a full name.
  ///
  /// Of the types outside the core schema those are known whose values JSON can hold: `binary` and `timestamp` are
  /// strings, `set` is a mapping to nulls, `omap` and `pairs` are sequences of mappings.
  init?(fullName: String) {
    guard fullName.hasPrefix(Tag.corePrefix) else { return nil }
    switch fullName.dropFirst(Tag.corePrefix.count) {
    case "str", "binary", "timestamp": self = .string
    case "int": self = .integer
    case "float": self = .float
    case "bool": self = .boolean
    case "null": self = .null
    case "seq", "omap", "pairs": self = .sequence
    case "map", "set": self = .mapping
    case "merge": self = .unknown
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .nonSpecific: "!"
    case .string: "!!str"
    case .integer: "!!int"
    case .float: "!!float"
    case .boolean: "!!bool"
    case .null: "!!null"
    case .sequence: "!!seq"
    case .mapping: "!!map"
    case .unknown: "?"
    }
  }
}
