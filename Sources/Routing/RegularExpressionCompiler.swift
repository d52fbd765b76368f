/// Turns a syntax tree into a program (Thompson's construction).
struct RegularExpressionCompiler {
  /// A program may have this many instructions. A match takes at most this many steps per byte of text.
  static let maximumInstructions = 8192
  /// Bounds the memory of the matcher: instructions times recorded places.
  static let maximumSlots = 1 << 19

  private var program = RegularExpressionProgram()
  /// Nodes that may still be visited: nested repetitions of nothing emit nothing, but take their time.
  private var budget = 1 << 18

  static func compile(
    _ tree: RegularExpressionNode, captureCount: Int
  ) throws(RegularExpressionError) -> RegularExpressionProgram {
    var compiler = Self()
    compiler.program.captureCount = captureCount
    try compiler.emit(tree)
    try compiler.append(.init(operation: .match))
    if compiler.program.instructions.count * captureCount * 2 > maximumSlots { throw tooLarge }
    return compiler.program
  }

  private static let tooLarge = RegularExpressionError(
    message: "the compiled expression would be too large: use fewer or smaller repetitions", offset: 0)

  @discardableResult
  private mutating func append(_ instruction: RegularExpressionInstruction) throws(RegularExpressionError) -> Int {
    if program.instructions.count >= Self.maximumInstructions { throw Self.tooLarge }
    program.instructions.append(instruction)
    return program.instructions.count - 1
  }

  private var next: UInt32 { UInt32(program.instructions.count) }

  private mutating func emit(_ node: RegularExpressionNode) throws(RegularExpressionError) {
    budget -= 1
    if budget < 0 { throw Self.tooLarge }
    switch node {
    case .empty: break
    case .scalar(let value): try append(.init(operation: .scalar, first: value))
    case .any(let includingNewline): try append(.init(operation: includingNewline ? .any : .anyExceptNewline))
    case .assertion(let assertion): try append(.init(operation: .assertion, first: assertion.rawValue))
    case .set(let set):
      program.sets.append(set)
      try append(.init(operation: .set, first: UInt32(program.sets.count - 1)))
    case .capture(let node, let index):
      try append(.init(operation: .save, first: UInt32(2 * index)))
      try emit(node)
      try append(.init(operation: .save, first: UInt32(2 * index + 1)))
    case .sequence(let nodes):
      for node in nodes { try emit(node) }
    case .alternation(let nodes): try emitAlternation(nodes)
    case .repetition(let node, let minimum, let maximum, let greedy):
      for _ in 0..<minimum - (maximum == nil && minimum > 0 ? 1 : 0) { try emit(node) }
      if let maximum {
        try emitOptional(node, count: maximum - minimum, greedy: greedy)
      } else if minimum > 0 {
        try emitOneOrMore(node, greedy: greedy)
      } else {
        try emitZeroOrMore(node, greedy: greedy)
      }
    }
  }

  private mutating func emitAlternation(_ nodes: [RegularExpressionNode]) throws(RegularExpressionError) {
    var jumps: [Int] = []
    for (index, node) in nodes.enumerated() {
      if index == nodes.count - 1 {
        try emit(node)
      } else {
        let split = try append(.init(operation: .split, first: next + 1))
        try emit(node)
        jumps.append(try append(.init(operation: .jump)))
        program.instructions[split].second = next
      }
    }
    for jump in jumps { program.instructions[jump].first = next }
  }

  /// A split whose one way is the next instruction; the other is set later.
  private mutating func appendSplit(greedy: Bool) throws(RegularExpressionError) -> Int {
    let target = next + 1
    return try append(.init(operation: .split, first: greedy ? target : 0, second: greedy ? 0 : target))
  }

  private mutating func setExit(of split: Int, greedy: Bool) {
    if greedy {
      program.instructions[split].second = next
    } else {
      program.instructions[split].first = next
    }
  }

  /// `x{0,count}`: each repetition stands inside the one before.
  private mutating func emitOptional(
    _ node: RegularExpressionNode, count: Int, greedy: Bool
  ) throws(RegularExpressionError) {
    var splits: [Int] = []
    for _ in 0..<count {
      splits.append(try appendSplit(greedy: greedy))
      try emit(node)
    }
    for split in splits { setExit(of: split, greedy: greedy) }
  }

  private mutating func emitOneOrMore(_ node: RegularExpressionNode, greedy: Bool) throws(RegularExpressionError) {
    let start = next
    try emit(node)
    let exit = next + 1
    try append(.init(operation: .split, first: greedy ? start : exit, second: greedy ? exit : start))
  }

  private mutating func emitZeroOrMore(_ node: RegularExpressionNode, greedy: Bool) throws(RegularExpressionError) {
    let split = try appendSplit(greedy: greedy)
    if node.canBeEmpty {
      // `(x+)?`: a loop entered at its split would forget which empty way through x is preferred.
      try emitOneOrMore(node, greedy: greedy)
    } else {
      try emit(node)
      try append(.init(operation: .jump, first: UInt32(split)))
    }
    setExit(of: split, greedy: greedy)
  }
}
