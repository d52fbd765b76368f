import CLinux
import Glibc

/// This worker's part of the board: which plugin is running, what calls cost, which libraries there are. Other processes
/// read it, even when this one is stuck or gone.
///
/// Safety: `memory` lives as long as the process; only the worker's own thread writes to it, and the crash handler.
@safe public final class WorkerBoard {
  /// The shared memory.
  public let memory: UnsafeMutablePointer<clinux_board_worker>
  /// Of so many calls one is asked how much memory it was the first to touch: a prime, so that it is not always the same
  /// phase of a request.
  private static let sampling: UInt32 = 17
  private var callNumber: UInt32 = 0
  /// The place of the plugin whose call ended last, and 1; 0 when there was none.
  private var lastPlugin: UInt32 = 0

  /// Writes to a part of the board.
  public init(memory: UnsafeMutablePointer<clinux_board_worker>) {
    unsafe self.memory = memory
  }

  /// A board that nobody reads.
  public convenience init() {
    let memory = UnsafeMutablePointer<clinux_board_worker>.allocate(capacity: 1)
    unsafe memory.initialize(to: clinux_board_worker())
    unsafe self.init(memory: memory)
  }

  /// Enters a library into the table.
  /// - Returns: its place; the last one is shared by all that find no other.
  func add(path: String, name: String) -> UInt32 {
    // What libraries counted that are gone is given up only where no place is left.
    let index = first(where: 0) ?? first(where: UInt32(CLINUX_BOARD_UNLOADED)) ?? UInt32(CLINUX_BOARD_PLUGINS) - 1
    if let place = unsafe plugin(index) {
      unsafe place.initialize(to: clinux_board_plugin())
      unsafe clinux_board_set_text(&place.pointee.library.0, 256, path)
      unsafe clinux_board_set_text(&place.pointee.name.0, 64, name)
      unsafe place.pointee.is_used = UInt32(CLINUX_BOARD_LOADED)
    }
    unsafe memory.pointee.images += 1
    return index
  }

  private func first(where use: UInt32) -> UInt32? {
    (0..<UInt32(CLINUX_BOARD_PLUGINS)).first { index in
      unsafe plugin(index).map { place in unsafe place.pointee.is_used == use } ?? false
    }
  }

  /// What the library says of itself. It counts on from where the one was that it takes the place of.
  func describe(_ index: UInt32, name: String, version: String) {
    guard let place = unsafe plugin(index) else { return }
    unsafe clinux_board_set_text(&place.pointee.name.0, 64, name)
    unsafe clinux_board_set_text(&place.pointee.version.0, 32, version)
    for other in 0..<UInt32(CLINUX_BOARD_PLUGINS) {
      guard let earlier = unsafe plugin(other), unsafe earlier.pointee.is_used == UInt32(CLINUX_BOARD_UNLOADED),
        unsafe clinux_board_is_same(earlier, place)
      else { continue }
      unsafe clinux_board_add_plugin(place, earlier)
      unsafe earlier.pointee.is_used = 0
    }
  }

  /// An instance was made, or destroyed.
  func noteInstance(_ index: UInt32, isMade: Bool) {
    guard let place = unsafe plugin(index) else { return }
    unsafe place.pointee.instances = isMade ? place.pointee.instances &+ 1 : place.pointee.instances &- 1
  }

  /// The library is not used any more.
  /// - Parameter isMapped: it stays in memory all the same.
  func remove(_ index: UInt32, isMapped: Bool) {
    if isMapped {
      unsafe memory.pointee.retained_images += 1
    } else {
      unsafe memory.pointee.images &-= 1
    }
    guard let place = unsafe plugin(index) else { return }
    unsafe place.pointee.is_used = UInt32(CLINUX_BOARD_UNLOADED)
  }

  /// How much the host keeps for plugins now, in bytes by place.
  public func noteHeld(_ held: [UInt32: Int]) {
    for index in 0..<UInt32(CLINUX_BOARD_PLUGINS) {
      guard let place = unsafe plugin(index) else { continue }
      unsafe place.pointee.held_bytes = UInt64(clamping: held[index] ?? 0)
    }
  }

  /// A place in the table.
  @inline(__always)
  func plugin(_ index: UInt32) -> UnsafeMutablePointer<clinux_board_plugin>? {
    unsafe clinux_board_plugin_at(memory, index)
  }

  /// A call of a plugin begins.
  @inline(__always)
  func begin(_ plugin: UInt32, _ phase: Int32, entity: IdentifierWords, route: IdentifierWords) -> BoardFrame {
    callNumber &+= 1
    let isSampled = callNumber % Self.sampling == 0 || phase == PluginRuntime.configurePhase
    let frame = unsafe BoardFrame(
      call: memory.pointee.call, plugin: plugin, phase: phase, start: clinux_monotonic(),
      faults: isSampled ? clinux_page_faults() : .max)
    unsafe memory.pointee.call.route = (route.high, route.low)
    unsafe memory.pointee.call.entity = (entity.high, entity.low)
    unsafe memory.pointee.call.phase = UInt32(truncatingIfNeeded: phase)
    // The last: a reader that finds a plugin finds the rest.
    unsafe memory.pointee.call.plugin = plugin &+ 1
    return frame
  }

  /// The call has returned.
  ///
  /// - Parameter belongsToLast: it is the end of the call before, and not counted as another one.
  @inline(__always)
  func end(_ frame: BoardFrame, belongsToLast: Bool = false) {
    if clinux_is_copy() { endCopy(frame.plugin) }
    if belongsToLast {
      if let place = unsafe plugin(frame.plugin) {
        unsafe clinux_board_phase_at(place, UInt32(truncatingIfNeeded: frame.phase)).pointee.nanoseconds +=
          clinux_monotonic() &- frame.start
      }
    } else if let place = unsafe plugin(frame.plugin) {
      unsafe clinux_board_count(
        clinux_board_phase_at(place, UInt32(truncatingIfNeeded: frame.phase)), clinux_monotonic() &- frame.start)
      if frame.faults != .max {
        let touched = clinux_page_faults() &- frame.faults
        unsafe place.pointee.touched_pages &+=
          frame.phase == PluginRuntime.configurePhase ? touched : touched &* UInt64(Self.sampling)
      }
    }
    lastPlugin = frame.plugin &+ 1
    unsafe memory.pointee.call = frame.call
  }

  /// Has the plugin whose call ended last counted as being at work.
  public func blameLast() { unsafe memory.pointee.call.plugin = lastPlugin }

  /// A plugin has called fork() and returned in the child, too, which must not go on as if it were the worker: the two have
  /// all connections in common. Where it returns to the host, it ends.
  private func endCopy(_ index: UInt32) -> Never {
    if let place = unsafe plugin(index) {
      unsafe place.pointee.misbehaviours += 1
      unsafe clinux_say_copy(place)
    }
    _exit(0)
  }
}

/// What was running before a call, and when the call began.
struct BoardFrame {
  let call: clinux_board_call
  let plugin: UInt32
  let phase: Int32
  let start: UInt64
  /// How many pages the thread had touched first, then; the largest number when that was not asked.
  let faults: UInt64
}

/// An entity's id, a UUID, as two numbers.
public struct IdentifierWords: Sendable, Equatable {
  /// The first eight bytes.
  public var high: UInt64
  /// The last eight bytes.
  public var low: UInt64

  /// No entity.
  public static let none = IdentifierWords(high: 0, low: 0)

  /// The two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Reads the text form; what is no UUID gives ``none``.
  public init(_ text: String) {
    let identifier = unsafe clinux_read_identifier(text)
    self.init(high: identifier.high, low: identifier.low)
  }

  /// The text form; `nil` for ``none``.
  public var text: String? {
    guard self != .none else { return nil }
    var text = [CChar](repeating: 0, count: 37)
    unsafe clinux_write_identifier(clinux_identifier(high: high, low: low), &text)
    return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
