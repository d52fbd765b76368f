/// A place in the text, as opposed to a piece of it.
enum RegularExpressionAssertion: UInt32 {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary, wordStart, wordEnd
}

/// The syntax tree of a regular expression.
indirect enum RegularExpressionNode {
  case empty
  case scalar(UInt32)
  case set(RegularExpressionSet)
  case any(includingNewline: Bool)
  case assertion(RegularExpressionAssertion)
  case capture(RegularExpressionNode, index: Int)
  case sequence([RegularExpressionNode])
  case alternation([RegularExpressionNode])
  case repetition(RegularExpressionNode, minimum: Int, maximum: Int?, greedy: Bool)

  /// Whether the expression can match the empty text.
  var canBeEmpty: Bool {
    switch self {
    case .empty, .assertion: return true
    case .scalar, .set, .any: return false
    case .capture(let node, _): return node.canBeEmpty
    case .sequence(let nodes): return nodes.allSatisfy(\.canBeEmpty)
    case .alternation(let nodes): return nodes.contains(where: \.canBeEmpty)
    case .repetition(let node, let minimum, _, _): return minimum == 0 || node.canBeEmpty
    }
  }

  /// The bytes every match begins with, and whether they are all that a match consists of.
  func literalPrefix() -> (bytes: [UInt8], isWhole: Bool) {
    switch self {
    case .empty, .assertion: return ([], true)
    case .set, .any: return ([], false)
    case .scalar(let value): return (Unicode.Scalar(value).map { Array(String($0).utf8) } ?? [], true)
    case .capture(let node, _): return node.literalPrefix()
    case .sequence(let nodes):
      var bytes: [UInt8] = []
      for node in nodes {
        let part = node.literalPrefix()
        bytes += part.bytes
        if !part.isWhole { return (bytes, false) }
      }
      return (bytes, true)
    case .alternation(let nodes):
      guard let first = nodes.first else { return ([], true) }
      var common = first.literalPrefix().bytes
      for node in nodes.dropFirst() {
        let other = node.literalPrefix().bytes
        common = Array(zip(common, other).prefix { $0 == $1 }.map(\.0))
      }
      return (common, false)
    case .repetition(let node, let minimum, _, _): return (minimum > 0 ? node.literalPrefix().bytes : [], false)
    }
  }
}
