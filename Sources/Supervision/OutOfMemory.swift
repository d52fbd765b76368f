import Glibc

/// How many processes the kernel has killed for lack of memory, so that of a worker that was killed it can be told why.
struct OutOfMemory {
  /// Whose memory ran out.
  enum Cause: Equatable {
    /// That of the gateway's control group.
    case controlGroup
    /// That of the machine, or of a group above or beside it: perhaps it was this process that was killed for it.
    case machine
  }

  private let groupFile: String?
  private let machineFile: String
  private var group = 0
  private var machine = 0

  /// Counts from now on.
  init(groupFile: String? = OutOfMemory.ownGroupFile, machineFile: String = "/proc/vmstat") {
    self.groupFile = groupFile
    self.machineFile = machineFile
    _ = look()
  }

  /// What has happened since it was looked at last; `nil` when the kernel has killed nobody.
  mutating func look() -> Cause? {
    let before = (group: group, machine: machine)
    if let groupFile { group = Self.count("oom_kill", in: groupFile) ?? group }
    machine = Self.count("oom_kill", in: machineFile) ?? machine
    return group > before.group ? .controlGroup : machine > before.machine ? .machine : nil
  }

  /// The number behind a word that begins a line.
  static func count(_ word: String, in path: String) -> Int? {
    guard let text = SmallFile.read(path) else { return nil }
    for line in text.split(separator: 10) {
      let words = line.split(separator: 32)
      if words.count == 2, words[0].elementsEqual(word.utf8) { return Int(String(decoding: words[1], as: UTF8.self)) }
    }
    return nil
  }

  /// `memory.events` of the control group of this process (cgroups(7), version 2); of version 1, `memory.oom_control`.
  static var ownGroupFile: String? {
    guard let text = SmallFile.read("/proc/self/cgroup") else { return nil }
    return groupFiles(text).first { unsafe access($0, R_OK) == 0 }
  }

  /// Where the counts may be. In a container, what lies at the root is the container's own.
  static func groupFiles(_ cgroup: [UInt8]) -> [String] {
    var files: [String] = []
    for line in cgroup.split(separator: 10) {
      // `0::/system.slice/torii.service`, or of version 1 `5:memory:/docker/…`
      let parts = line.split(separator: 58, maxSplits: 2, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      guard parts.count == 3 else { continue }
      let path = parts[2] == "/" ? "" : parts[2]
      if parts[0] == "0" {
        files += ["/sys/fs/cgroup\(path)/memory.events", "/sys/fs/cgroup/memory.events"]
      } else if parts[1].split(separator: ",").contains("memory") {
        files += ["/sys/fs/cgroup/memory\(path)/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control"]
      }
    }
    return files
  }
}

/// Files that the kernel makes up when they are read.
enum SmallFile {
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return count == 0 ? text : nil }
      text += buffer[..<count]
    }
  }
}
