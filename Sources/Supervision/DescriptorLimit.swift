import Glibc

/// How many descriptors a process may have open (`RLIMIT_NOFILE`).
public enum DescriptorLimit {
  /// More than one loop serves. Some systems allow a thousand million: whoever looks through all that could be open would be
  /// at it for minutes.
  static let most: rlim_t = 1 << 20

  /// What programs may count on that use select(), whose sets have no room for higher numbers.
  static let traditional: rlim_t = 1024

  /// Raises the soft limit of this process as far as the hard limit allows, and so that of the processes it starts. Shells and
  /// service managers leave the soft limit at 1,024 for the sake of programs that use select(); none of the gateway's does.
  ///
  /// - Returns: the limit as it is now; 0 when it cannot be known.
  @discardableResult
  public static func raise() -> Int {
    change { limits in max(limits.rlim_cur, min(limits.rlim_max, most)) }
  }

  /// Lowers the soft limit of this process to what is customary: for one that only looks into libraries.
  public static func lower() { change { limits in min(limits.rlim_cur, traditional) } }

  @discardableResult
  private static func change(_ wanted: (rlimit) -> rlim_t) -> Int {
    var limits = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return 0 }
    let before = limits.rlim_cur
    limits.rlim_cur = wanted(limits)
    if limits.rlim_cur != before, unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) != 0 {
      limits.rlim_cur = before
    }
    return Int(clamping: limits.rlim_cur)
  }
}
