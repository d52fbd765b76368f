import Glibc

/// Where a command reads from and writes to.
public struct CommandConsole {
  /// Writes to the standard output.
  public var out: (String) -> Void
  /// Writes to the standard error.
  public var error: (String) -> Void
  /// Reads all of the standard input.
  public var readAll: () -> [UInt8]
  /// Reads one line of the standard input, without its end; `nil` at its end.
  public var readLine: () -> String?
  /// Whether the output may be coloured.
  public var isTerminal: Bool

  /// Makes a console of functions.
  public init(
    out: @escaping (String) -> Void, error: @escaping (String) -> Void, readAll: @escaping () -> [UInt8] = { [] },
    readLine: @escaping () -> String? = { nil }, isTerminal: Bool = false
  ) {
    self.out = out
    self.error = error
    self.readAll = readAll
    self.readLine = readLine
    self.isTerminal = isTerminal
  }

  /// The process's own standard streams.
  public static var standard: CommandConsole {
    CommandConsole(
      out: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) },
      readAll: readStandardInput, readLine: { Swift.readLine() }, isTerminal: isatty(STDOUT_FILENO) == 1)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      // The rest of the array, which nothing changes meanwhile.
      let count = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      done += count
    }
  }

  private static func readStandardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // At most the chunk's own length is written into it.
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
    }
  }
}
