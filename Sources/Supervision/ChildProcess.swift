import CLinux
import Glibc

/// Starts a process of the gateway: its own executable again, in another role.
enum ChildProcess {
  /// - Parameters:
  ///   - arguments: the command line after the executable's name.
  ///   - environment: variables to set besides the present ones.
  ///   - descriptors: descriptors of this process and the numbers they get in the child; all others are closed.
  /// - Returns: the process id.
  static func start(
    executable: String, arguments: [String], environment: [String: String], descriptors: [(from: Int32, to: Int32)]
  ) throws(SupervisionError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in descriptors { unsafe posix_spawn_file_actions_adddup2(&actions, from, to) }
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    // The child decides anew which signals it blocks; one that asks to read the configuration again waits until it has.
    var held = sigset_t()
    unsafe sigemptyset(&held)
    unsafe sigaddset(&held, SIGHUP)
    unsafe posix_spawnattr_setsigmask(&attributes, &held)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    var variables: [String] = []
    var next = unsafe environ
    while let entry = unsafe next.pointee {
      let text = unsafe String(cString: entry)
      let name = text.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      if environment[name] == nil, !ownVariables.contains(name) { variables.append(text) }
      unsafe next += 1
    }
    variables += environment.map { "\($0.key)=\($0.value)" }
    var pid: pid_t = 0
    let code = unsafe withCStrings([executable] + arguments) { arguments in
      unsafe withCStrings(variables) { variables in
        unsafe posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, variables)
      }
    }
    guard code == 0 else { throw SupervisionError("cannot start a process: \(unsafe String(cString: strerror(code)))") }
    return pid
  }

  /// What the service manager tells the supervisor alone.
  private static let ownVariables: Set<String> = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

  /// A null-terminated array of C strings, alive during the call.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    // The array is handed over as it is: a pointer to its first element, for the time of the call.
    return unsafe body(pointers)
  }
}

/// Why the supervisor cannot go on.
public struct SupervisionError: Error, Sendable, CustomStringConvertible {
  /// What happened.
  public let description: String

  /// Makes an error.
  public init(_ description: String) { self.description = description }
}
