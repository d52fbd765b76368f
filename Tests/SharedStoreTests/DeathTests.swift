import CSharedStoreStepper
import Glibc
import Testing

@testable import SharedStore

@Suite("Processes that are killed while they write", .serialized)
struct DeathTests {
  /// Stands beside the tests.
  private static let writer: String = {
    var path = [UInt8](repeating: 0, count: 4096)
    let length = unsafe max(0, readlink("/proc/self/exe", &path, path.count))
    let directory = path.prefix(length).lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? []
    return String(decoding: directory, as: UTF8.self) + "shared-store-writer"
  }()

  private let now: UInt64 = 1_000_000_000
  private let old = [UInt8](repeating: 100, count: 1 + 100 * 17)
  private let new = [UInt8](repeating: 200, count: 1 + 200 * 17)

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// A store in which each operation has something to do.
  private func filled() throws -> TestStore {
    let store = try TestStore(bytes: 1 << 20)
    store.put(bytes("key"), old, now: now)
    store.put(bytes("old"), old, lifetime: 1, now: now - 1_000_000)
    store.add(41, bytes("number"), now: now)
    return store
  }

  @Test(
    "at whatever instruction: what was written is there or is not, and the shard is in order",
    arguments: ["replace", "insert", "remove", "add", "expired", "get"])
  func anyInstruction(operation: String) throws {
    let store = try filled()
    let process = unsafe stepper_start(Self.writer, "once", operation, store.descriptor)
    try #require(process > 0, "\(Self.writer) cannot be traced")
    defer { stepper_end(process) }
    var seen = store.copyOfMemory
    var deathsInside = 0
    var wasNew = false
    while stepper_step(process) != 0 {
      // If it died here, the others would find what is now in the memory.
      guard store.differs(from: seen) else { continue }
      seen = store.copyOfMemory
      let left = try TestStore(copying: seen)
      let isNew = expectOldOrNew(left, operation)
      #expect(isNew || !wasNew, "what was there is gone again")
      wasNew = isNew
      if left.store.recoveries > 0 { deathsInside += 1 }
      left.expectOrder()
      // And it goes on.
      #expect(left.put(bytes("fresh"), new, now: now).outcome == .done)
      #expect(left.get(bytes("fresh"), now: now).value == new)
    }
    #expect(wasNew == (operation != "get"))
    // Otherwise this has shown nothing: taking the lock, counting, and the operation itself.
    #expect(deathsInside >= 2)
  }

  /// What an operation wrote is there as a whole or not at all, and all else as it was.
  private func expectOldOrNew(_ store: TestStore, _ operation: String) -> Bool {
    let key = store.get(bytes("key"), now: now).value
    let fresh = store.get(bytes("fresh"), now: now).value
    let expired = store.get(bytes("old"), now: now).value
    let number = store.add(0, bytes("number"), now: now).sum
    let isNew =
      switch operation {
      case "replace": key == new
      case "insert": fresh == new
      case "remove": key == []
      case "add": number == 42
      case "expired": expired == new
      default: false
      }
    #expect(key == old || isNew && (operation == "replace" || operation == "remove"))
    #expect(fresh == [] || isNew && operation == "insert")
    #expect(expired == [] || isNew && operation == "expired")
    #expect(number == 41 || isNew && operation == "add")
    return isNew
  }

  @Test("again and again, several at a time: no entry is torn, no lock stays, nothing leaks")
  func manyDeaths() throws {
    let store = try TestStore(bytes: 4 << 20, share: 100)
    let rounds = 60
    var random = Generator(seed: 7)
    for round in 0..<rounds {
      let writers = try (0..<2).map { try Writer(Self.writer, seed: UInt64(round * 2 + $0 + 1), store.descriptor) }
      // Each has written something, and is then killed wherever it happens to be.
      for writer in writers { #expect(writer.waitForProgress()) }
      for _ in 0..<(random.next() % 200) { sched_yield() }
      for writer in writers { writer.kill() }
      for index in 0..<20 {
        let (outcome, value, _) = store.get(bytes("key-\(index)"), now: now, capacity: 65536)
        #expect(outcome == .done || outcome == .absent, "round \(round): \(outcome)")
        let seed = Int(value.first ?? 0)
        #expect(value.isEmpty || value.count == 60000 + seed || value.count == 1 + seed * 17, "round \(round)")
        #expect(value.allSatisfy { Int($0) == seed })
      }
      let first = store.add(0, bytes("first"), now: now).sum
      let second = store.add(0, bytes("second"), now: now).sum
      #expect((0...Int64(2 * (round + 1))).contains(first - second))
    }
    #expect(store.store.recoveries > 0)
    store.expectOrder()
    for index in 0..<20 { _ = store.remove(bytes("key-\(index)"), now: now) }
    #expect(store.statistics.entries == 2 && store.statistics.memory == 2 * Block.size)
  }
}

/// A process that writes until it is killed.
private final class Writer {
  private var pid: pid_t = 0
  private let output: Int32

  init(_ program: String, seed: UInt64, _ descriptor: Int32) throws {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    output = ends[0]
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, 200)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    unsafe posix_spawn_file_actions_addclose(&actions, ends[0])
    let texts = [program, "forever", String(seed)]
    var words: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe words.append(nil)
    defer { unsafe words.forEach { unsafe free($0) } }
    let code = unsafe posix_spawn(&pid, program, &actions, nil, words, environ)
    close(ends[1])
    try #require(code == 0, "cannot start \(program)")
  }

  deinit { close(output) }

  func waitForProgress() -> Bool {
    var byte: UInt8 = 0
    return unsafe read(output, &byte, 1) == 1
  }

  func kill() {
    _ = Glibc.kill(pid, SIGKILL)
    _ = waitpid(pid, nil, 0)
  }
}
