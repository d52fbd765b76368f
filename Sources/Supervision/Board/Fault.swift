import CLinux
import Glibc

/// A worker's end before its time, and whose doing it was.
public struct Fault: Sendable {
  /// What happened.
  public enum Kind: String, Sendable {
    /// A signal ended the worker.
    case crash
    /// A plugin did not come back; the worker was replaced.
    case hang
    /// Somebody called exit().
    case exit
    /// The heap was found corrupted while the plugin was at work, by whoever did it: a suspicion.
    case heap
  }

  /// Counts from 1.
  public var number = 0
  /// Since 1970.
  public var seconds = 0
  /// What happened.
  public var kind = Kind.crash
  /// The worker's place.
  public var worker = 0
  /// Its process.
  public var process = 0
  /// The signal, or 0.
  public var signal = 0
  /// What exit() was called with.
  public var exitCode = 0
  /// The phase that was running.
  public var phase = ""
  /// The plugin; "" when none was at work.
  public var plugin = ""
  /// Its version.
  public var version = ""
  /// Its file.
  public var library = ""
  /// The plugin entity.
  public var entity: String?
  /// The route of the request.
  public var route: String?
  /// Frames of the stack, the innermost first, one a line.
  public var trace = ""
  /// What the C library said before it ended the process: "free(): invalid pointer". "" when it said nothing.
  public var message = ""
  /// Another process sent the signal.
  public var isSent = false
  /// The plugin's own code called into the C library when that said so.
  public var isCaller = false
  /// The plugin is quarantined for it.
  public var isQuarantined = false

  /// What the phases of the board are called.
  public static let phases = [
    "none", "access", "request_body", "header_filter", "body_filter", "log", "event", "configure",
  ]

  /// The signals by which the kernel, or the process itself, ends a process for what it did.
  static let crashSignals: Set<Int32> = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS]

  /// The name of the signal.
  public var signalName: String {
    let names: [Int32: String] = [
      SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGFPE: "SIGFPE", SIGABRT: "SIGABRT", SIGTRAP: "SIGTRAP",
      SIGSYS: "SIGSYS", SIGKILL: "SIGKILL", SIGTERM: "SIGTERM",
    ]
    return names[Int32(truncatingIfNeeded: signal)] ?? "signal \(signal)"
  }

  /// One line for the log.
  public var description: String {
    if kind == .heap { return suspicion }
    let text =
      switch kind {
      case .heap: ""
      case .crash: "crashed with \(signalName)" + (message.isEmpty ? "" : " (\(message))")
      case .hang: "did not come back"
      case .exit: "ended the process with exit code \(exitCode)"
      }
    return "plugin \(plugin) \(version) (\(library)) \(text) in \(place)"
  }

  /// Where the worker was.
  var place: String { route.map { "\(phase) of a request by route \($0)" } ?? phase }

  /// Says what happened, by how the process ended.
  ///
  /// - Parameters:
  ///   - status: as of waitpid(2).
  ///   - isHung: it did not come back in time, and was told to end.
  mutating func judge(_ status: Int32, isHung: Bool) {
    let last = Int(status & 0x7F)
    exitCode = last == 0 ? Int((status >> 8) & 0xFF) : 0
    // One that ended by itself just then did not hang. Nor did one whose crash took so long to be reported that it looked
    // like it: its handler ran before it was told to end, by a signal that was its own.
    let isHang = isHung && last != 0 && (signal == 0 || isSent)
    kind = isHang ? .hang : last == 0 ? .exit : isSuspicion ? .heap : .crash
    signal = isHang || last == 0 ? 0 : signal != 0 ? signal : last
  }

  /// What the C library said does not tell who has done it.
  var isSuspicion: Bool {
    signal == Int(SIGABRT) && HeapMessage(message)?.isCallersDoing(isCaller) == false
  }

  /// Which plugin was in which phase.
  var work: String {
    plugin.isEmpty ? "no plugin was at work" : "plugin \(plugin) \(version) (\(library)) was in \(place)"
  }

  /// What is said when nobody can be blamed for sure.
  var suspicion: String {
    "its heap was corrupted (\(message)), which was found while \(work); any plugin of this worker may have done it before"
  }
}

extension Board {
  /// Keeps a fault for the controller to show.
  func add(_ fault: Fault) {
    let number = unsafe clinux_load_acquire(&head.pointee.fault_count) + 1
    guard let place = unsafe clinux_board_fault_at(head, number) else { return }
    unsafe memset(place, 0, MemoryLayout<clinux_board_fault>.size)
    unsafe place.pointee.number = number
    unsafe place.pointee.seconds = UInt64(max(0, fault.seconds))
    unsafe place.pointee.kind = Self.code(fault.kind)
    unsafe place.pointee.worker = UInt32(truncatingIfNeeded: fault.worker)
    unsafe place.pointee.process = UInt32(truncatingIfNeeded: fault.process)
    unsafe place.pointee.signal = UInt32(truncatingIfNeeded: fault.signal)
    unsafe place.pointee.exit_code = UInt32(truncatingIfNeeded: fault.exitCode)
    unsafe place.pointee.phase = UInt32(truncatingIfNeeded: Fault.phases.firstIndex(of: fault.phase) ?? 0)
    unsafe place.pointee.has_plugin = fault.plugin.isEmpty ? 0 : 1
    unsafe place.pointee.is_quarantined = fault.isQuarantined ? 1 : 0
    let entity = Self.words(fault.entity)
    let route = Self.words(fault.route)
    unsafe place.pointee.entity = entity
    unsafe place.pointee.route = route
    unsafe clinux_board_set_text(&place.pointee.plugin.0, 64, fault.plugin)
    unsafe clinux_board_set_text(&place.pointee.version.0, 32, fault.version)
    unsafe clinux_board_set_text(&place.pointee.library.0, 256, fault.library)
    unsafe clinux_board_set_text(&place.pointee.message.0, Int(CLINUX_BOARD_MESSAGE), fault.message)
    unsafe clinux_board_set_text(&place.pointee.trace.0, Int(CLINUX_BOARD_TRACE), fault.trace)
    unsafe clinux_store_release(&head.pointee.fault_count, number)
    count(fault)
  }

  private func count(_ fault: Fault) {
    let kind = Self.code(fault.kind)
    let phase = UInt32(truncatingIfNeeded: Fault.phases.firstIndex(of: fault.phase) ?? 0)
    for index in 0..<UInt32(CLINUX_BOARD_FAULT_COUNTS) {
      guard let place = unsafe clinux_board_fault_count_at(head, index) else { return }
      let isLast = index == UInt32(CLINUX_BOARD_FAULT_COUNTS) - 1
      if unsafe place.pointee.count == 0 {
        unsafe clinux_board_set_text(&place.pointee.plugin.0, 64, isLast ? "others" : fault.plugin)
        unsafe place.pointee.kind = kind
        unsafe place.pointee.phase = phase
      }
      let entry = unsafe place.pointee
      guard isLast || (entry.kind == kind && entry.phase == phase && Self.text(entry.plugin) == fault.plugin) else {
        continue
      }
      _ = unsafe clinux_add(&place.pointee.count, 1)
      return
    }
  }

  /// How often plugins ended workers since the gateway was started, by plugin, kind and phase.
  public var faultCounts: [(plugin: String, kind: Fault.Kind, phase: String, count: Int)] {
    (0..<UInt32(CLINUX_BOARD_FAULT_COUNTS)).compactMap { index in
      guard let place = unsafe clinux_board_fault_count_at(head, index) else { return nil }
      let count = unsafe Int(clamping: clinux_load_acquire(&place.pointee.count))
      let entry = unsafe place.pointee
      guard count > 0 else { return nil }
      return (
        Self.text(entry.plugin), Self.kind(entry.kind),
        Fault.phases.indices.contains(Int(entry.phase)) ? Fault.phases[Int(entry.phase)] : "?", count
      )
    }
  }

  private static func code(_ kind: Fault.Kind) -> UInt32 {
    switch kind {
    case .crash: UInt32(CLINUX_BOARD_FAULT_CRASH)
    case .hang: UInt32(CLINUX_BOARD_FAULT_HANG)
    case .exit: UInt32(CLINUX_BOARD_FAULT_EXIT)
    case .heap: UInt32(CLINUX_BOARD_FAULT_HEAP)
    }
  }

  private static func kind(_ code: UInt32) -> Fault.Kind {
    switch Int32(code) {
    case CLINUX_BOARD_FAULT_CRASH: .crash
    case CLINUX_BOARD_FAULT_HANG: .hang
    case CLINUX_BOARD_FAULT_HEAP: .heap
    default: .exit
    }
  }

  /// The faults that are still known, the oldest first.
  public var faults: [Fault] {
    let last = unsafe clinux_load_acquire(&head.pointee.fault_count)
    let first = last > UInt64(CLINUX_BOARD_FAULTS) ? last - UInt64(CLINUX_BOARD_FAULTS) + 1 : 1
    guard last >= first else { return [] }
    return (first...last).compactMap { number in
      guard let place = unsafe clinux_board_fault_at(head, number), unsafe place.pointee.number == number else {
        return nil
      }
      let entry = unsafe place.pointee
      var fault = Fault()
      fault.number = Int(entry.number)
      fault.seconds = Int(truncatingIfNeeded: entry.seconds)
      fault.kind = Self.kind(entry.kind)
      fault.worker = Int(entry.worker)
      fault.process = Int(entry.process)
      fault.signal = Int(entry.signal)
      fault.exitCode = Int(entry.exit_code)
      fault.phase = Fault.phases.indices.contains(Int(entry.phase)) ? Fault.phases[Int(entry.phase)] : "?"
      fault.plugin = Self.text(entry.plugin)
      fault.version = Self.text(entry.version)
      fault.library = Self.text(entry.library)
      fault.entity = Self.identifier(entry.entity)
      fault.route = Self.identifier(entry.route)
      fault.message = Self.text(entry.message)
      fault.trace = Self.text(entry.trace)
      fault.isQuarantined = entry.is_quarantined != 0
      return fault
    }
  }

  /// How many faults there were since the gateway was started.
  public var faultCount: Int { unsafe Int(truncatingIfNeeded: clinux_load_acquire(&head.pointee.fault_count)) }

  /// How often a worker or the controller was started again.
  public var restartCount: Int { unsafe Int(truncatingIfNeeded: clinux_load_acquire(&head.pointee.restarts)) }

  func noteRestart() { _ = unsafe clinux_add(&head.pointee.restarts, 1) }

  /// What was running in a worker, and what its crash handler wrote.
  func lastBreath(at place: Int) -> Fault? {
    guard let part = unsafe part(place) else { return nil }
    let call = unsafe part.pointee.call
    var fault = Fault()
    fault.worker = index(at: place)
    fault.message = unsafe Self.text(part.pointee.crash.message)
    fault.phase = Fault.phases.indices.contains(Int(call.phase)) ? Fault.phases[Int(call.phase)] : "?"
    fault.entity = Self.identifier(call.entity)
    fault.route = Self.identifier(call.route)
    let size = min(unsafe Int(part.pointee.crash.trace_size), Int(CLINUX_BOARD_TRACE))
    fault.trace = unsafe withUnsafeBytes(of: part.pointee.crash.trace) { bytes in
      unsafe String(decoding: bytes.prefix(size), as: UTF8.self)
    }
    fault.signal = unsafe Int(part.pointee.crash.signal)
    fault.isSent = unsafe part.pointee.crash.is_sent != 0
    var culprit = call.plugin
    let onStack = unsafe part.pointee.crash.plugin
    if fault.signal != 0, unsafe part.pointee.crash.is_loop_thread == 0 {
      // A thread of a plugin's own: what the loop was doing has nothing to do with it.
      culprit = onStack
      fault.phase = "none"
      fault.route = nil
      fault.entity = nil
    } else if culprit == 0 {
      culprit = onStack
    }
    fault.isCaller = unsafe culprit > 0 && part.pointee.crash.caller == culprit
    guard culprit > 0, let plugin = unsafe clinux_board_plugin_at(part, culprit - 1) else { return fault }
    fault.plugin = unsafe Self.text(plugin.pointee.name)
    fault.version = unsafe Self.text(plugin.pointee.version)
    fault.library = unsafe Self.text(plugin.pointee.library)
    return fault
  }

  private static func words(_ identifier: String?) -> (UInt64, UInt64) {
    let words = unsafe clinux_read_identifier(identifier ?? "")
    return (words.high, words.low)
  }

  private static func identifier(_ words: (UInt64, UInt64)) -> String? {
    guard words != (0, 0) else { return nil }
    var text = [CChar](repeating: 0, count: 37)
    unsafe clinux_write_identifier(clinux_identifier(high: words.0, low: words.1), &text)
    return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
