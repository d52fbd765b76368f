import CLinux
import Glibc
import Testing

@testable import Supervision

@Suite("What the board and /proc tell")
struct BoardTests {
  @Test("a fault comes out as it went in")
  func faults() throws {
    let board = try Board(workers: 1)
    var fault = Fault()
    fault.kind = .exit
    fault.exitCode = 7
    fault.phase = "access"
    fault.plugin = "faulty"
    fault.entity = "01234567-89ab-cdef-0123-456789abcdef"
    fault.route = "no identifier"
    board.add(fault)
    let told = try #require(board.faults.last)
    #expect((told.number, told.kind, told.exitCode, told.phase, told.plugin) == (1, .exit, 7, "access", "faulty"))
    #expect(told.entity == "01234567-89ab-cdef-0123-456789abcdef")
    #expect(told.route == nil)
  }

  @Test(
    "an identifier is read as it is written, and nothing else is one",
    arguments: [
      ("00000000-0000-0000-0000-000000000001", true), ("ffffffff-ffff-ffff-ffff-ffffffffffff", true),
      ("FFFFFFFF-0000-0000-0000-00000000000a", true), ("", false), ("ffffffff-ffff-ffff-ffff-fffffffffff", false),
      ("ffffffff-ffff-ffff-ffff-fffffffffffff", false), ("gfffffff-ffff-ffff-ffff-ffffffffffff", false),
    ])
  func identifiers(text: String, isOne: Bool) {
    let read = unsafe clinux_read_identifier(text)
    #expect((read.high != 0 || read.low != 0) == isOne)
    guard isOne else { return }
    var written = [CChar](repeating: 0, count: 37)
    unsafe clinux_write_identifier(read, &written)
    #expect(String(decoding: written.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) == text.lowercased())
  }

  @Test("what workers counted stays counted when they are gone, and faults when they are not shown any more")
  func counts() throws {
    let board = try Board(workers: 2)
    for (place, calls) in [(0, 3), (1, 4), (2, 5)] {
      let view = try Board.forWorker(at: place, inherited: board.descriptor)
      unsafe view.part.pointee.process = UInt32(100 + place)
      unsafe view.part.pointee.requests = 10
      guard let plugin = unsafe clinux_board_plugin_at(view.part, UInt32(place)) else {
        Issue.record("the board has room for plugins")
        return
      }
      unsafe plugin.pointee.is_used = UInt32(CLINUX_BOARD_LOADED)
      unsafe clinux_board_set_text(&plugin.pointee.name.0, 64, "a")
      unsafe clinux_board_set_text(&plugin.pointee.version.0, 32, "1.0.0")
      unsafe plugin.pointee.misbehaviours = 1
      for _ in 0..<calls { unsafe clinux_board_count(clinux_board_phase_at(plugin, 1), 1000) }
    }
    #expect(board.place(of: 102) == 2 && board.place(of: 7) == nil && board.place(of: 0) == nil)
    // The part behind the first worker's is that of the one which takes its place.
    #expect(board.index(at: 2) == 0 && board.otherPlace(of: 0) == 2 && board.otherPlace(of: 3) == 1)
    func told() -> [Int] {
      board.pluginCalls.flatMap {
        [$0.misbehaviours] + $0.phases.map(\.calls) + $0.phases.map { $0.buckets.reduce(0, +) }
      }
    }
    #expect(told() == [3, 12, 12] && board.requests == 30)
    for place in 0..<4 { board.clear(place) }
    #expect(told() == [3, 12, 12] && board.requests == 30)
    #expect(board.library(named: "a") == nil && board.pluginMemory.isEmpty)

    var fault = Fault()
    fault.plugin = "a"
    for number in 0..<100 {
      fault.kind = number % 2 == 0 ? .crash : .heap
      board.add(fault)
    }
    #expect(board.faults.count == Int(CLINUX_BOARD_FAULTS))
    #expect(board.faultCounts.map(\.count) == [50, 50])
    #expect(Set(board.faultCounts.map(\.kind.rawValue)) == ["crash", "heap"])
    for number in 0..<200 {
      fault.plugin = "plugin-\(number)"
      board.add(fault)
    }
    #expect(board.faultCounts.map(\.count).reduce(0, +) == 300)
    #expect(board.faultCounts.last?.plugin == "others")
  }

  @Test("the memory of each library is added up over its mappings")
  func maps() {
    let text = """
      7f0000000000-7f0000001000 r--p 00000000 08:01 12   /lib/a.so
      Size:                  4 kB
      Rss:                   4 kB
      Private_Dirty:         0 kB
      VmFlags: rd mr mw me
      7f0000001000-7f0000003000 rw-p 00001000 08:01 12   /lib/a.so (deleted)
      Rss:                   8 kB
      Private_Dirty:         8 kB
      7f0000003000-7f0000004000 rw-p 00000000 00:00 0    [heap]
      Rss:                 100 kB
      Private_Dirty:       100 kB
      7f0000004000-7f0000005000 rw-p 00000000 00:00 0
      Rss:                 100 kB
      7f0000005000-7f0000006000 r--p 00000000 08:01 12   /with space/b.so
      Rss:                  16 kB
      """
    let found = ProcessMaps.parse(Array(text.utf8))
    #expect(found.count == 2)
    #expect(found["/lib/a.so"]?.resident == 12 << 10)
    #expect(found["/lib/a.so"]?.dirty == 8 << 10)
    #expect(found["/with space/b.so"]?.resident == 16 << 10)
  }

  @Test("the libraries of this process are among them")
  func ownMaps() {
    let found = ProcessMaps.libraries(of: getpid())
    #expect(found.contains { $0.value.resident > 0 })
    #expect(ProcessMaps.libraries(of: -1).isEmpty)
  }

  @Test("a reload is counted, and whether it was refused")
  func reloads() throws {
    let board = try Board(workers: 1)
    #expect(board.reloadCount == 0)
    board.noteReload(isRefused: true)
    #expect(board.reloadCount == 1 && board.isReloadRefused)
    board.noteReload(isRefused: false)
    #expect(board.reloadCount == 2 && !board.isReloadRefused)
  }

  @Test("the latest generation that some worker serves is known without the workers")
  func servedGeneration() throws {
    let board = try Board(workers: 2)
    #expect(board.servedGeneration == 0)
    guard let part = unsafe board.part(1) else {
      Issue.record("there is no such worker")
      return
    }
    unsafe part.pointee.generation = 4
    #expect(board.servedGeneration == 4)
    board.clear(1)
    #expect(board.servedGeneration == 0)
  }

  @Test("how long requests took is added up over the workers")
  func requestTimes() throws {
    let board = try Board(workers: 2)
    for index in 0..<2 {
      guard let part = unsafe board.part(index) else {
        Issue.record("there is no worker \(index)")
        return
      }
      unsafe clinux_board_count(&part.pointee.request_times, 2_000_000)
    }
    #expect(board.requestTimes.request.count == 2)
    #expect(board.requestTimes.request.nanoseconds == 4_000_000)
    #expect(board.requestTimes.request.buckets.reduce(0, +) == 2)
    #expect(board.requestTimes.upstream.count == 0)
  }
}
