import JSON

/// What `GET /torii/status` tells. Whatever is missing is empty: gateways of another version have fewer or more members.
///
/// Texts come without control characters, which a terminal would obey.
struct OperateStatus {
  /// A library that a generation uses.
  struct Library {
    var plugin = ""
    var version = ""
    /// SHA-256, hexadecimal.
    var hash = ""
    /// Where it came from.
    var source = ""
  }

  /// A generation.
  struct Generation {
    var number = 0
    var state = ""
    /// Seconds since 1970, as all times here.
    var since: Double?
    var activeRequests: Int?
    var served: Int?
    var failed: Int?
    var libraries: [Library] = []
  }

  /// A plugin's code that a worker is in now.
  struct Call {
    var plugin = ""
    var phase = ""
    var route: String?
  }

  /// A worker process.
  struct Worker {
    var index = 0
    var pid: Int?
    var generation: Int?
    var requests: Int?
    var connections: Int?
    var residentBytes: Double?
    var images: Int?
    var retainedImages: Int?
    var call: Call?
    /// How long the turn of its loop has taken that is not over.
    var turnMilliseconds = 0.0
  }

  /// A worker's end that nobody wanted.
  struct Fault {
    var number = 0
    var time: Double?
    var kind = ""
    var worker: Int?
    var pid: Int?
    var signal: String?
    /// What the C library said before it ended the process.
    var message: String?
    var exitCode: Int?
    /// Empty when no plugin was at work.
    var plugin = ""
    var version = ""
    var library = ""
    var phase = ""
    var route: String?
    /// Frames of the stack, the innermost first.
    var trace: [String] = []
    var isQuarantined = false
  }

  /// A plugin that is out of service.
  struct Quarantine {
    var name = ""
    /// `reject` or `bypass`.
    var action = ""
    var faults = 0
    var since: Double?
  }

  /// A generation that is tried out.
  struct Canary {
    var generation = 0
    var share = ""
    var since: Double?
    var until: Double?
    var served = 0
    var failed = 0
    var faults = 0
  }

  /// How a canary ended.
  struct CanaryEnd {
    var generation = 0
    /// `promoted` or `rolled back`.
    var outcome = ""
    var reason = ""
    var time: Double?
  }

  /// What the calls of one phase of a plugin took, since its workers were started.
  struct PhaseCalls {
    var plugin = ""
    var version = ""
    var phase = ""
    var timing = OperateTiming()
  }

  /// Calls that a plugin may not make where it made them.
  struct Misbehaviour {
    var plugin = ""
    var version = ""
    var count = 0
  }

  /// What one build of a plugin holds, in bytes, in all workers together.
  struct Memory {
    var plugin = ""
    var version = ""
    var instances = 0
    /// Of its library, in memory.
    var library = 0.0
    /// Of that, what it has written to.
    var own = 0.0
    /// What its calls were the first to touch, since the workers were started: an estimate.
    var touched = 0.0
    /// What the gateway keeps for it now: whole bodies, what waits while it has paused a request, answers to its own requests.
    var held = 0.0
  }

  /// What a plugin keeps in the memory that all workers share.
  struct SharedUse {
    var plugin = ""
    var entries = 0
    var bytes = 0.0
    /// How often there was no room.
    var refused = 0
  }

  var isReady = false
  var message: String?
  var generation: Int?
  var requests: Int?
  var connections: Int?
  var restarts: Int?
  var faultCount = 0
  var workers: [Worker] = []
  var generations: [Generation] = []
  var phases: [PhaseCalls] = []
  var misbehaviours: [Misbehaviour] = []
  /// Times of requests by what they are of, when the gateway tells them.
  var latencies: [(name: String, timing: OperateTiming)] = []
  /// What plugins count, by plugin and metric.
  var metrics: [String: [String: Double]] = [:]
  /// The oldest first.
  var faults: [Fault] = []
  var quarantines: [Quarantine] = []
  var memory: [Memory] = []
  var shared: [SharedUse] = []
  var canary: Canary?
  var canaryHistory: [CanaryEnd] = []

  /// What a generation is called in the status while it gets all new requests.
  static let inService = "in service"
}

/// Calls counted by the time that they took.
struct OperateTiming: Equatable {
  /// How many buckets there are.
  static let bucketCount = 12

  var calls = 0.0
  var nanoseconds = 0.0
  /// How many took less than 1024 ns times 4 to the power of the place; the last one counts all others.
  var buckets: [Double] = []

  /// Their mean in nanoseconds; `nil` without calls.
  var mean: Double? { calls > 0 ? nanoseconds / calls : nil }

  /// The bound, in nanoseconds, that a share of the calls took less than; infinite when it lies in the last bucket.
  func bound(of share: Double) -> Double? {
    let all = buckets.reduce(0, +)
    guard all > 0 else { return nil }
    var sum = 0.0
    var bound = 1024.0
    for (place, count) in buckets.enumerated() {
      sum += count
      if place >= Self.bucketCount - 1 { return .infinity }
      if sum >= all * share { return bound }
      bound *= 4
    }
    return .infinity
  }

  /// What was added since an earlier count. Counts fall when a worker ends; that is no time that passed.
  func since(_ earlier: OperateTiming) -> OperateTiming {
    var result = OperateTiming()
    result.calls = max(0, calls - earlier.calls)
    result.nanoseconds = max(0, nanoseconds - earlier.nanoseconds)
    result.buckets = buckets.enumerated().map { place, count in
      max(0, count - (earlier.buckets.indices.contains(place) ? earlier.buckets[place] : 0))
    }
    return result
  }

  /// Both together.
  static func + (one: OperateTiming, other: OperateTiming) -> OperateTiming {
    var sum = OperateTiming(calls: one.calls + other.calls, nanoseconds: one.nanoseconds + other.nanoseconds)
    sum.buckets = (0..<max(one.buckets.count, other.buckets.count)).map { place in
      (one.buckets.indices.contains(place) ? one.buckets[place] : 0)
        + (other.buckets.indices.contains(place) ? other.buckets[place] : 0)
    }
    return sum
  }
}
