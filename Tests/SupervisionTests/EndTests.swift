import CLinux
import Configuration
import Glibc
import Testing

@testable import Supervision

@Suite("How a worker's end is told")
struct EndTests {
  @Test(
    "what the C library says of its heap is told from what it says of other things",
    arguments: [
      ("free(): invalid size", true), ("malloc(): corrupted top size", true), ("corrupted size vs. prev_size", true),
      ("double free or corruption (!prev)", true), ("free(): double free detected in tcache 2", true),
      ("malloc_consolidate(): unaligned fastbin chunk detected", true),
      ("Fatal glibc error: malloc.c:2371 (sysmalloc): assertion failed", true), ("", false),
      ("*** stack smashing detected ***: terminated", false), ("torii: plugin.c:7: f: Assertion `x' failed.", false),
    ])
  func messages(text: String, isOfHeap: Bool) { #expect((HeapMessage(text) != nil) == isOfHeap) }

  @Test("only what a caller does by the very call is its doing")
  func callers() throws {
    let twice = try #require(HeapMessage("free(): double free detected in tcache 2"))
    #expect(twice.isCallersDoing(true) && !twice.isCallersDoing(false))
    let later = try #require(HeapMessage("free(): invalid size"))
    #expect(!later.isCallersDoing(true))
  }

  @Test("a fault that nobody can be blamed for says so, and counts half")
  func suspicions() throws {
    var fault = Fault()
    fault.plugin = "a"
    fault.phase = "log"
    fault.signal = Int(SIGABRT)
    fault.message = "free(): invalid size"
    fault.isCaller = true
    #expect(fault.isSuspicion)
    fault.kind = .heap
    #expect(fault.description.contains("was found while plugin a"))
    #expect(!fault.description.contains("crashed"))
    fault.message = "free(): invalid pointer"
    #expect(!fault.isSuspicion)

    let settings = try GatewaySettings(SettingSources(environment: [:], flags: ["plugin_crash_limit": "2"]))
    var ledger = FaultLedger(settings: settings)
    #expect(ledger.add("a", isSuspicion: true, at: 1) == nil)
    #expect(ledger.add("a", isSuspicion: true, at: 2) == nil)
    #expect(ledger.add("a", at: 3) == 3)
    #expect(ledger.add("b", at: 1) == nil)
    #expect(ledger.add("b", at: 2) == 2)
  }

  @Test(
    "what happened is judged by how the process ended",
    arguments: [
      // wait status, told to end, what its handler saw, what the C library said; the kind, the signal, the exit code
      (SIGSEGV, false, SIGSEGV, "", Fault.Kind.crash, SIGSEGV, 0), (SIGSEGV, false, 0, "", .crash, SIGSEGV, 0),
      (7 << 8, false, 0, "", .exit, 0, 7), (SIGABRT, true, SIGABRT, "", .hang, 0, 0),
      (SIGKILL, true, 0, "", .hang, 0, 0),
      (SIGKILL, true, SIGABRT, "", .hang, 0, 0),
      // It was late, but ended by itself.
      (7 << 8, true, 0, "", .exit, 0, 7), (SIGSEGV, true, SIGSEGV, "", .crash, SIGSEGV, 0),
      (SIGABRT, true, SIGABRT, "free(): invalid size", .heap, SIGABRT, 0),
      (SIGABRT, false, SIGABRT, "stack smashing detected", .crash, SIGABRT, 0),
    ])
  func judgement(
    status: Int32, isHung: Bool, seen: Int32, message: String, kind: Fault.Kind, signal: Int32, exitCode: Int
  ) {
    var fault = Fault()
    fault.plugin = "a"
    fault.signal = Int(seen)
    fault.message = message
    // It is the supervisor that tells it to end.
    fault.isSent = isHung && seen == SIGABRT && message.isEmpty
    fault.judge(status, isHung: isHung)
    #expect((fault.kind, fault.signal, fault.exitCode) == (kind, Int(signal), exitCode))
  }

  @Test("whom the kernel killed for lack of memory is counted, in the control group first")
  func outOfMemory() throws {
    let folder = "/tmp/torii-oom-\(getpid())"
    unsafe mkdir(folder, 0o700)
    defer {
      for name in ["events", "vmstat"] { unsafe unlink("\(folder)/\(name)") }
      unsafe rmdir(folder)
    }
    func write(_ name: String, _ text: String) {
      guard let file = unsafe fopen("\(folder)/\(name)", "w") else { return }
      unsafe fputs(text, file)
      unsafe fclose(file)
    }
    write("events", "low 0\noom 3\noom_kill 1\noom_group_kill 9\n")
    write("vmstat", "nr_free_pages 1\noom_kill 5\n")
    var counted = OutOfMemory(groupFile: folder + "/events", machineFile: folder + "/vmstat")
    #expect(counted.look() == nil)
    write("vmstat", "nr_free_pages 1\noom_kill 6\n")
    #expect(counted.look() == .machine)
    #expect(counted.look() == nil)
    write("events", "low 0\noom 4\noom_kill 2\n")
    write("vmstat", "oom_kill 7\n")
    #expect(counted.look() == .controlGroup)
    var absent = OutOfMemory(groupFile: nil, machineFile: folder + "/nothing")
    #expect(absent.look() == nil)
    #expect(
      OutOfMemory.groupFiles(Array("4:cpu,memory:/a/b\n0::/c.slice\n0::/\n".utf8)) == [
        "/sys/fs/cgroup/memory/a/b/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control",
        "/sys/fs/cgroup/c.slice/memory.events", "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory.events",
        "/sys/fs/cgroup/memory.events",
      ])
  }
}
