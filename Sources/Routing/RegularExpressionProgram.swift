/// One step of a compiled expression. The meaning of `first` and `second` is the operation's.
struct RegularExpressionInstruction: BitwiseCopyable {
  enum Operation: UInt8 {
    /// The scalar `first`, then the next instruction.
    case scalar
    /// A scalar of set `first`, then the next instruction.
    case set
    /// Any valid scalar, then the next instruction.
    case any
    /// Any valid scalar but a newline, then the next instruction.
    case anyExceptNewline
    /// Both `first` and, with less right, `second`.
    case split
    /// `first`.
    case jump
    /// Record the place in slot `first`, then the next instruction.
    case save
    /// Go on if the assertion `first` holds here.
    case assertion
    /// A match.
    case match
  }

  var operation: Operation
  var first: UInt32 = 0
  var second: UInt32 = 0
}

/// A compiled expression.
struct RegularExpressionProgram {
  var instructions: [RegularExpressionInstruction] = []
  var sets: [RegularExpressionSet] = []
  /// The number of groups, the whole match included.
  var captureCount = 1
}
