import Glibc

/// What processes hold.
public enum ProcessMemory {
  /// How many descriptors a process has open.
  static func descriptors(of process: pid_t) -> Int {
    guard let folder = unsafe opendir("/proc/\(process)/fd") else { return 0 }
    defer { unsafe closedir(folder) }
    var count = 0
    while unsafe readdir(folder) != nil { count += 1 }
    // Without `.` and `..`.
    return max(0, count - 2)
  }

  /// The resident set of a process, in bytes; `nil` when it is gone.
  public static func resident(of process: pid_t) -> Int? {
    let descriptor = unsafe open("/proc/\(process)/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { return nil }
    let words = buffer[..<count].split(separator: 32)
    guard words.count > 1, let pages = Int(String(decoding: words[1], as: UTF8.self)) else { return nil }
    return pages * Int(getpagesize())
  }
}
