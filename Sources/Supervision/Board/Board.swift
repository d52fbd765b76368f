public import CLinux
import Glibc

/// Memory that all processes of the gateway share: what workers are doing, faults, and which plugins are quarantined.
///
/// Safety: the mapping is never removed, so pointers into it live as long as the process. What is read from it may be
/// anything: indices are checked and texts are bounded.
@safe public final class Board {
  /// The descriptor that is handed to children.
  public let descriptor: Int32
  /// The common part.
  public let head: UnsafeMutablePointer<clinux_board>
  private let base: UnsafeMutableRawPointer
  private let offset: Int
  private let stride: Int
  /// How many workers there are.
  public let workerCount: Int
  /// How many parts there are for workers: two for each, since one that leaves goes on while another has taken its place.
  public var placeCount: Int { workerCount * 2 }

  private static func rounded(_ size: Int) -> Int { (size + 4095) & ~4095 }

  /// Makes a board for so many workers.
  public init(workers: Int) throws(SupervisionError) {
    offset = Self.rounded(MemoryLayout<clinux_board>.size)
    stride = Self.rounded(MemoryLayout<clinux_board_worker>.size)
    workerCount = workers
    let size = offset + stride * (workers * 2 + 1)
    // MFD_CLOEXEC does not import.
    descriptor = unsafe clinux_memfd_create("torii-board", 1)
    guard descriptor >= 0, ftruncate(descriptor, size) == 0 else { throw Self.failure("make") }
    guard
      let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe memory != MAP_FAILED
    else { throw Self.failure("map") }
    unsafe base = memory
    unsafe head = memory.bindMemory(to: clinux_board.self, capacity: 1)
    unsafe head.pointee.workers = UInt32(workers)
    unsafe head.pointee.worker_offset = UInt64(offset)
    unsafe head.pointee.worker_stride = UInt64(stride)
    unsafe head.pointee.magic = CLINUX_BOARD_MAGIC
  }

  /// Maps a board that the supervisor made, as the controller does: all of it, to read and write.
  public init(inherited descriptor: Int32) throws(SupervisionError) {
    self.descriptor = descriptor
    offset = Self.rounded(MemoryLayout<clinux_board>.size)
    stride = Self.rounded(MemoryLayout<clinux_board_worker>.size)
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) >= offset else { throw Self.failure("read") }
    let size = Int(status.st_size)
    guard
      let memory = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      unsafe memory != MAP_FAILED
    else { throw Self.failure("map") }
    unsafe base = memory
    unsafe head = memory.bindMemory(to: clinux_board.self, capacity: 1)
    guard unsafe head.pointee.magic == CLINUX_BOARD_MAGIC else {
      throw SupervisionError("the board is of another build")
    }
    workerCount = max(0, min(unsafe Int(head.pointee.workers), ((size - offset) / stride - 1) / 2))
  }

  private static func failure(_ what: String) -> SupervisionError {
    SupervisionError("cannot \(what) the board: \(unsafe String(cString: strerror(errno)))")
  }

  /// The part at a place; the last place has what workers counted that are gone.
  public func part(_ place: Int) -> UnsafeMutablePointer<clinux_board_worker>? {
    guard place >= 0, place <= placeCount else { return nil }
    return unsafe (base + offset + place * stride).bindMemory(to: clinux_board_worker.self, capacity: 1)
  }

  /// Which of the workers has its part at a place.
  public func index(at place: Int) -> Int { workerCount == 0 ? 0 : place % workerCount }

  /// The other place of the same worker.
  func otherPlace(of place: Int) -> Int { place < workerCount ? place + workerCount : place - workerCount }

  /// Where a process has its part; `nil` when it has none.
  public func place(of process: Int) -> Int? {
    (0..<placeCount).first { place in
      unsafe part(place).map { part in unsafe process != 0 && Int(part.pointee.process) == process } ?? false
    }
  }

  /// The first configuration has been stored since the gateway was started: the file has had its turn.
  public var isConfigured: Bool { unsafe clinux_load_acquire(&head.pointee.is_configured) != 0 }

  /// Says that it has.
  public func noteConfigured() { unsafe clinux_store_release(&head.pointee.is_configured, 1) }

  /// How often the configuration was read again, successfully or not.
  public var reloadCount: UInt64 { unsafe clinux_load_acquire(&head.pointee.reloads) }

  /// The configuration that was read last was refused.
  public var isReloadRefused: Bool { unsafe clinux_load_acquire(&head.pointee.reload_refused) != 0 }

  /// Says that the configuration was read again.
  public func noteReload(isRefused: Bool) {
    unsafe clinux_store_release(&head.pointee.reload_refused, isRefused ? 1 : 0)
    _ = unsafe clinux_add(&head.pointee.reloads, 1)
  }

  /// Empties the part of a worker that is gone, for another one; what it counted stays counted.
  public func clear(_ place: Int) {
    guard place < placeCount, let gone = unsafe part(place), let sum = unsafe part(placeCount) else { return }
    unsafe clinux_board_absorb(sum, gone)
    unsafe memset(gone, 0, MemoryLayout<clinux_board_worker>.size)
  }

  /// Requests that are over, of all workers there ever were, as they told last.
  public var requests: Int {
    (0...placeCount).reduce(0) { sum, place in
      sum + (unsafe part(place).map { part in unsafe Int(clamping: part.pointee.requests) } ?? 0)
    }
  }

  /// What a worker maps: the head to read, and its own part to write.
  ///
  /// Safety: both live as long as the process.
  @safe public struct WorkerView {
    /// The common part; not to be written.
    public let head: UnsafePointer<clinux_board>
    /// The worker's own part.
    public let part: UnsafeMutablePointer<clinux_board_worker>

    /// Where its loop tells when its turn began.
    public var turnClock: UnsafeMutablePointer<UInt64> {
      unsafe (UnsafeMutableRawPointer(part) + (MemoryLayout<clinux_board_worker>.offset(of: \.turn_start) ?? 0))
        .assumingMemoryBound(to: UInt64.self)
    }
    /// Where it tells how long requests took.
    public var times:
      (request: UnsafeMutablePointer<clinux_board_phase>, upstream: UnsafeMutablePointer<clinux_board_phase>)
    {
      let base = unsafe UnsafeMutableRawPointer(part)
      func place(_ path: PartialKeyPath<clinux_board_worker>) -> UnsafeMutablePointer<clinux_board_phase> {
        unsafe (base + (MemoryLayout<clinux_board_worker>.offset(of: path) ?? 0))
          .assumingMemoryBound(to: clinux_board_phase.self)
      }
      return unsafe (place(\.request_times), place(\.upstream_times))
    }
    /// Where changes of what is quarantined are counted.
    public var quarantineClock: UnsafePointer<UInt64> {
      unsafe (UnsafeRawPointer(head) + (MemoryLayout<clinux_board>.offset(of: \.quarantine_change) ?? 0))
        .assumingMemoryBound(to: UInt64.self)
    }
  }

  /// Maps what a worker needs.
  public static func forWorker(at place: Int, inherited descriptor: Int32) throws(SupervisionError) -> WorkerView {
    let offset = rounded(MemoryLayout<clinux_board>.size)
    let stride = rounded(MemoryLayout<clinux_board_worker>.size)
    guard
      let head = unsafe mmap(nil, offset, PROT_READ, MAP_SHARED, descriptor, 0), unsafe head != MAP_FAILED,
      let part = unsafe mmap(
        nil, stride, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, off_t(offset + place * stride)),
      unsafe part != MAP_FAILED
    else { throw failure("map") }
    return unsafe WorkerView(
      head: UnsafePointer(head.bindMemory(to: clinux_board.self, capacity: 1)),
      part: part.bindMemory(to: clinux_board_worker.self, capacity: 1))
  }

  /// A text of fixed room, as far as it goes.
  static func text<Characters>(_ characters: Characters) -> String {
    unsafe withUnsafeBytes(of: characters) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
