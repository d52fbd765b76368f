import Glibc

/// Starts a process of the gateway from one of the others.
public enum ProcessStarter {
  /// Starts this executable in another role.
  /// - Parameter descriptors: descriptors of this process and the numbers they get in the child.
  /// - Returns: the process id; the caller waits for it.
  public static func start(role: ProcessRole, descriptors: [(from: Int32, to: Int32)]) throws(SupervisionError) -> pid_t
  {
    try ChildProcess.start(
      executable: "torii", arguments: [role.rawValue], environment: [:], descriptors: descriptors)
  }
}
