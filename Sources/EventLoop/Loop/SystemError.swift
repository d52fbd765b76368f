import Glibc

/// A system call that failed: which, and with what `errno`.
public struct SystemError: Error, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public let code: Int32
  /// The call or step that failed, such as `connect`.
  public let operation: StaticString

  /// Describes a failure with a known code.
  public init(code: Int32, operation: StaticString) {
    self.code = code
    self.operation = operation
  }

  /// Describes a failure that just happened: takes the code from `errno`.
  init(operation: StaticString) {
    self.init(code: errno, operation: operation)
  }

  /// For example `connect: Connection refused (111)`.
  public var description: String { "\(operation): \(Self.text(for: code)) (\(code))" }

  /// The system's text for an error code.
  public static func text(for code: Int32) -> String {
    // A terminated string that stays valid until this thread's next call (glibc keeps one buffer a thread since 2.32).
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
