import Glibc

/// What this process can say of itself and its machine.
public enum ProcessFacts {
  /// Whether the process belongs to root.
  public static var isRoot: Bool { geteuid() == 0 }

  /// How many cores are on line.
  public static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
