import CConformance
import CToriiPlugin
import Glibc

/// A host of plugins that follows a script: its clock stands still until it is told, what it gives can be taken back,
/// each of its functions can be made to fail. Written from `torii/plugin.h` alone, as a second reader of it.
///
/// Safety: plugins hold the host by its tables' context pointer, unretained; a host lives until the process of the check
/// ends (``ScriptedHost/keep``). The worker's data is touched on the worker's thread only; what other threads may reach
/// is behind the mutex.
@safe final class ScriptedHost {
  /// How strict it is about what.
  struct Options {
    /// Views are copies that become untouchable when the callback returns.
    var revokesViews = false
    /// Request state lies between canaries, in front of an untouchable page.
    var guardsState = false
    /// How tables and arguments lie in memory.
    var layout = Layout.plain
    /// The minor that it says it has.
    var minor = UInt16(TORII_ABI_MINOR)
    /// Interfaces that query_interface() does not know.
    var missing: Set<String> = []
    /// resume() and post() answer as for a request that has ended.
    var staleWakeUps = false
    /// start() and config_create() are told that the library is only inspected.
    var inspects = false
    /// What is emitted is counted, not kept.
    var dropsOutput = false
    /// Notes what is done, for comparison.
    var traces = true
    /// Ends the process with code 77 at a call after stop().
    var exitsWhenStopped = false
  }

  enum Layout {
    /// As a compiler would lay them.
    case plain
    /// Exactly as large as it says, and behind it a page that cannot be touched.
    case exact
    /// Larger than this ABI's, by fields that are full of 0xA5.
    case larger
  }

  /// What a host function was last made to fail with, and which.
  struct Fault {
    var at: Int
    var status: torii_status
    var function = ""
  }

  /// Hosts are never freed: a late call must find them.
  nonisolated(unsafe) static var keep: [ScriptedHost] = []

  var options: Options
  var clock: UInt64 = 1_000_000_000_000
  let wallOffset: UInt64 = 1_767_225_600_000_000_000
  var requests: [torii_request_id: ScriptedRequest] = [:]
  var operations: [Operation] = []
  var currentCallout: [Field]?
  var currentInstance: torii_instance_id = 0
  /// Whether metrics may be defined.
  var isConfiguring = false
  var isStopped = false
  /// The running callback is one of a body that its instance only observes.
  var isObserving = false
  var trace: [String] = []
  /// How many calls came from the worker, and which of them is to fail.
  var callCount = 0
  var fault: Fault?
  var releases: [(function: @convention(c) (UnsafeMutableRawPointer?) -> Void, context: UnsafeMutableRawPointer?)] =
    unsafe []
  var metricNames: [String] = []
  /// Measures callbacks, when somebody wants to know.
  var meter: Meter?
  /// What plugins keep over reloads.
  var store = SharedStore()
  let sampleRecord = Bytes(
    #"{"request":{"method":"GET","uri":"/"},"response":{"status":200},"started_at":1767225600000}"#)
  var table: UnsafeMutablePointer<torii_host>
  var interfaces: [String: UnsafeRawPointer] = unsafe [:]
  private(set) var queried: Set<String> = []

  private let worker = pthread_self()
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var storedViolations: [Violation] = []
  private var wakeUps: [WakeUp] = []
  private var nextRequest: UInt64 = 0
  private var nextOperation: UInt64 = 0

  /// Something that another thread may have asked for.
  struct WakeUp {
    var instance: torii_instance_id
    var request: torii_request_id
    /// `nil`: resume().
    var token: UInt64?
  }

  init(_ options: Options = Options()) {
    self.options = options
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe table = .allocate(capacity: 1)
    unsafe Self.keep.append(self)
    buildTables()
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> ScriptedHost? {
    unsafe context.map { unsafe Unmanaged<ScriptedHost>.fromOpaque($0).takeUnretainedValue() }
  }

  var isWorker: Bool { pthread_equal(pthread_self(), worker) != 0 }

  func locked<Result>(_ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body()
  }

  // MARK: What is noticed

  func violate(_ kind: Violation.Kind, _ text: String) {
    locked { storedViolations.append(Violation(kind: kind, text: text)) }
  }

  /// What was noticed of some kinds.
  func violations(_ kinds: Violation.Kind...) -> [String] {
    locked { storedViolations.filter { kinds.contains($0.kind) }.map(\.text) }
  }

  func forgetViolations() { locked { storedViolations.removeAll() } }

  /// Every function of the host begins with this. A status: what the call is to be answered with, at once.
  func enter(_ name: StaticString, anyThread: Bool = false) -> torii_status? {
    if let meter, isWorker { meter.hostCallBegins() }
    name.withUTF8Buffer { _ in
      unsafe conformance_note_call(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self))
    }
    if isStopped {
      if options.exitsWhenStopped { _exit(77) }
      violate(.stopped, "\(name) was called after stop() had returned")
    }
    guard isWorker else {
      if anyThread { return nil }
      violate(.thread, "\(name), which is for the worker's thread, was called from another")
      return TORII_E_THREAD
    }
    callCount += 1
    if let fault, fault.at == callCount {
      self.fault?.function = "\(name)"
      return fault.status
    }
    return nil
  }

  /// Every function of the host ends with this.
  func leave() {
    if let meter, isWorker { meter.hostCallEnds() }
  }

  func note(_ text: @autoclosure () -> String) {
    if options.traces, isWorker { trace.append(text()) }
  }

  func noteQuery(_ id: String) { locked { _ = queried.insert(id) } }

  // MARK: Requests and operations

  func makeRequest(_ script: RequestScript, stateSize: Int) -> ScriptedRequest {
    nextRequest += 1
    // The generation is in the upper half: an id is never given twice.
    let request = ScriptedRequest(nextRequest << 32 | 0x7011, script, self, stateSize: stateSize)
    requests[request.id] = request
    return request
  }

  func nextOperationID() -> torii_operation_id {
    nextOperation += 1
    return nextOperation << 8 | 0x55
  }

  func wake(_ wakeUp: WakeUp) { locked { wakeUps.append(wakeUp) } }

  func takeWakeUps() -> [WakeUp] {
    locked {
      defer { wakeUps.removeAll() }
      return wakeUps
    }
  }

  func isKnown(_ request: torii_request_id) -> Bool {
    // From another thread the table is not read: such a call is judged when its wake-up is taken.
    !isWorker || requests[request] != nil
  }

  // MARK: Memory

  /// A view of bytes that stay.
  func view(_ bytes: Bytes) -> torii_slice {
    guard options.revokesViews, isWorker else {
      return unsafe torii_slice(data: UnsafePointer(bytes.memory), size: bytes.count)
    }
    return unsafe torii_slice(data: conformance_view(bytes.memory, bytes.count), size: bytes.count)
  }

  /// What follows every callback: views are taken back, owned bytes are let go.
  func callbackReturned() {
    if options.revokesViews { conformance_revoke() }
    let pending = unsafe releases
    unsafe releases.removeAll()
    for index in unsafe pending.indices { unsafe pending[index].function(pending[index].context) }
  }

  /// Runs a callback with its arguments laid as the options say; what it wrote into them comes back.
  func withArguments<Arguments, Result>(
    _ arguments: inout Arguments, _ body: (UnsafeMutablePointer<Arguments>) -> Result
  ) -> Result {
    let size = MemoryLayout<Arguments>.size
    switch options.layout {
    case .plain: return unsafe body(&arguments)
    case .exact:
      guard let memory = unsafe conformance_guarded(size, 8) else { return unsafe body(&arguments) }
      defer { unsafe conformance_guarded_release(memory, size, 8) }
      let typed = unsafe memory.bindMemory(to: Arguments.self, capacity: 1)
      unsafe typed.initialize(to: arguments)
      defer { arguments = unsafe typed.pointee }
      return unsafe body(typed)
    case .larger:
      let memory = UnsafeMutableRawPointer.allocate(byteCount: size + 256, alignment: 16)
      defer { unsafe memory.deallocate() }
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size + 256)
      let typed = unsafe memory.bindMemory(to: Arguments.self, capacity: 1)
      unsafe typed.initialize(to: arguments)
      unsafe memory.storeBytes(of: UInt32(size + 256), as: UInt32.self)
      defer { arguments = unsafe typed.pointee }
      return unsafe body(typed)
    }
  }
}
