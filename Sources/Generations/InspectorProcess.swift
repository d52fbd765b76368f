import CLinux
import Glibc
import JSON
import Supervision

/// Runs an inspector and collects what it says.
enum InspectorProcess {
  /// It did not end as it should.
  struct Failure: Error {
    var reason: String
    /// The library it had begun with.
    var lastBegun: String?
    /// What it said before.
    var lines: [JSONNode]
  }

  static func run(_ question: [UInt8], timeout: Int32) throws -> [JSONNode] {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    guard unsafe clinux_pipe2(&input, O_CLOEXEC) == 0, unsafe clinux_pipe2(&output, O_CLOEXEC) == 0 else {
      throw GenerationError("pipe: \(unsafe String(cString: strerror(errno)))")
    }
    let pid = try ProcessStarter.start(
      role: .inspector, descriptors: [(from: input[0], to: 0), (from: output[1], to: 1)])
    close(input[0])
    close(output[1])
    defer { close(output[0]) }
    // The question may be larger than the pipe: both are served as they become ready.
    let (text, timedOut) = exchange(question, to: input[1], from: output[0], timeout: timeout)
    if timedOut { kill(pid, SIGKILL) }
    var status: Int32 = 0
    unsafe waitpid(pid, &status, 0)
    let lines = text.split(separator: 10).compactMap { try? JSONNode(parsing: Array($0)) }
    if lines.last?["kind"]?.string == "end" { return lines }
    let last = lines.last { $0["kind"]?.string == "begin" }?["path"]?.string
    throw Failure(reason: describe(status, timedOut: timedOut, timeout), lastBegun: last, lines: lines)
  }

  private static func describe(_ status: Int32, timedOut: Bool, _ timeout: Int32) -> String {
    if timedOut { return "hangs: it was not done with loading or with a configuration after \(timeout / 1000) s" }
    let signal = status & 0x7F
    if signal == 0 { return "ended the process that inspected it (exit code \((status >> 8) & 0xFF))" }
    let name = unsafe strsignal(signal).map { unsafe String(cString: $0) } ?? "?"
    return "crashes when it is loaded or given a configuration: signal \(signal) (\(name))"
  }

  private static func exchange(
    _ question: [UInt8], to input: Int32, from output: Int32, timeout: Int32
  ) -> (text: [UInt8], timedOut: Bool) {
    var input = input
    var written = 0
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    _ = fcntl(input, F_SETFL, O_NONBLOCK)
    let deadline = now() + Int64(timeout)
    while true {
      var descriptors = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
      if input >= 0 { descriptors.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
      let left = deadline - now()
      guard left > 0 else {
        if input >= 0 { close(input) }
        return (text, true)
      }
      _ = unsafe poll(&descriptors, nfds_t(descriptors.count), Int32(left))
      if descriptors.count > 1, descriptors[1].revents != 0 {
        let count = unsafe question.withUnsafeBytes {
          unsafe write(input, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
        }
        if count > 0 { written += count }
        if written == question.count || (count < 0 && errno != EAGAIN) {
          close(input)
          input = -1
        }
      }
      if descriptors[0].revents != 0 {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(output, $0.baseAddress, $0.count) }
        guard count > 0 else {
          if input >= 0 { close(input) }
          return (text, false)
        }
        text += buffer[..<count]
      }
    }
  }

  private static func now() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
