import Glibc
import JSON

/// Remembers the requests that were received, and what became of each.
///
/// Bounded in number and in bytes, so that a load test can't exhaust memory; the oldest are forgotten first.
final class Recorder: Sendable {
  /// How an exchange ended.
  enum Ending: String, Sendable {
    /// The answer is still being sent.
    case open
    /// The whole answer was written.
    case complete
    /// The client closed or reset the connection before that.
    case clientGone = "client_gone"
    /// The simulator cut, reset or stalled the answer, as it was told to.
    case fault
  }

  /// What is remembered of one exchange.
  struct Entry: Sendable {
    var number: Int
    let connection: Int
    let received: Int
    let request: Request
    var status = 0
    var ending = Ending.open
    var bytes = 0
    var events = 0
    var milliseconds = 0
  }

  /// Counters since the start.
  struct Counters: Sendable {
    var connectionsOpen = 0
    var connectionsAccepted = 0
    var requests = 0
    var completed = 0
    var clientGone = 0
    var faults = 0
  }

  private struct State {
    /// The entries, in a ring: request `number` stands at `(number - first) % keep`.
    var ring: [Entry?] = []
    /// The number of the first request since the last reset.
    var first = 1
    /// The number of the oldest request that is still there.
    var oldest = 1
    /// The number of the next request.
    var next = 1
    var bodyBytes = 0
    var counters = Counters()
  }

  private let state = Lock(State())
  private let keep: Int
  private let file: Int32
  private static let bodyLimit = 64 * 1024 * 1024

  /// - Parameter file: a descriptor that receives one JSON line for each request, or -1.
  init(keep: Int, file: Int32) {
    self.keep = keep
    self.file = file
  }

  /// Counts a new connection and returns its number, from 1.
  func connectionOpened() -> Int {
    state.withLock { state in
      state.counters.connectionsOpen += 1
      state.counters.connectionsAccepted += 1
      return state.counters.connectionsAccepted
    }
  }

  /// Counts a connection's end.
  func connectionClosed() {
    state.withLock { $0.counters.connectionsOpen -= 1 }
  }

  /// Remembers a request; returns its number, from 1.
  func received(_ request: Request, connection: Int) -> Int {
    var entry = Entry(number: 0, connection: connection, received: Clock.unixMilliseconds(), request: request)
    var forgotten: Entry?
    state.withLock { state in
      entry.number = state.next
      state.next += 1
      state.counters.requests += 1
      guard keep > 0 else { return }
      let slot = (entry.number - state.first) % keep
      if slot == state.ring.count {
        state.ring.append(entry)
      } else {
        // What is forgotten is freed after the lock is released.
        swap(&forgotten, &state.ring[slot])
        state.ring[slot] = entry
        if let forgotten { state.bodyBytes -= forgotten.request.body.count }
        state.oldest = max(state.oldest, entry.number - keep + 1)
      }
      state.bodyBytes += request.body.count
      while state.bodyBytes > Self.bodyLimit, state.oldest < entry.number {
        let slot = (state.oldest - state.first) % keep
        state.bodyBytes -= state.ring[slot]?.request.body.count ?? 0
        state.ring[slot] = nil
        state.oldest += 1
      }
    }
    if file >= 0 { writeLine(entry) }
    return entry.number
  }

  /// Notes what became of a request.
  func ended(_ number: Int, ending: Ending, status: Int, bytes: Int, events: Int, milliseconds: Int) {
    state.withLock { state in
      switch ending {
      case .complete: state.counters.completed += 1
      case .clientGone: state.counters.clientGone += 1
      case .fault: state.counters.faults += 1
      case .open: break
      }
      guard keep > 0, number >= state.first else { return }
      let slot = (number - state.first) % keep
      guard slot < state.ring.count, state.ring[slot]?.number == number else { return }
      state.ring[slot]?.ending = ending
      state.ring[slot]?.status = status
      state.ring[slot]?.bytes = bytes
      state.ring[slot]?.events = events
      state.ring[slot]?.milliseconds = milliseconds
    }
  }

  /// The counters.
  var counters: Counters { state.withLock { $0.counters } }

  /// Forgets all requests, and counts how they ended anew. Connections and the numbers of requests go on.
  func reset() {
    state.withLock { state in
      state.ring = []
      state.first = state.next
      state.oldest = state.next
      state.bodyBytes = 0
      state.counters.completed = 0
      state.counters.clientGone = 0
      state.counters.faults = 0
    }
  }

  /// All that is remembered, as a JSON array.
  func json() -> [UInt8] {
    let entries = state.withLock { state in state.ring }.compactMap { $0 }.sorted { $0.number < $1.number }
    var json = JSONText()
    json.raw("[")
    for (index, entry) in entries.enumerated() {
      if index > 0 { json.raw(",\n") }
      Self.append(entry, outcome: true, to: &json)
    }
    json.raw("]")
    return json.bytes
  }

  private func writeLine(_ entry: Entry) {
    var json = JSONText()
    Self.append(entry, outcome: false, to: &json)
    json.raw("\n")
    // One write a line: the file is opened for appending, so lines of different threads do not mix.
    _ = unsafe json.bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
  }

  private static func append(_ entry: Entry, outcome: Bool, to json: inout JSONText) {
    json.raw(#"{"number":"#)
    json.number(entry.number)
    json.raw(#","connection":"#)
    json.number(entry.connection)
    json.raw(#","received_at":"#)
    json.number(entry.received)
    json.raw(#","method":"#)
    json.string(entry.request.method)
    json.raw(#","target":"#)
    json.string(entry.request.target)
    json.raw(#","headers":["#)
    for (index, header) in entry.request.headers.enumerated() {
      json.raw(index > 0 ? ",[" : "[")
      json.string(header.name)
      json.raw(",")
      json.string(header.value)
      json.raw("]")
    }
    // As JSON where it is JSON, and as text, which keeps the spelling of numbers and all white space.
    json.raw(#"],"body":"#)
    if !entry.request.body.isEmpty, (try? JSONNode.read(entry.request.body)) != nil {
      // Outside of strings a line break is only white space, and inside of strings there is none.
      json.raw(entry.request.body.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    } else {
      json.raw("null")
    }
    json.raw(#","body_text":"#)
    json.string(String(decoding: entry.request.body, as: UTF8.self))
    if outcome {
      json.raw(#","status":"#)
      json.number(entry.status)
      json.raw(#","ending":"#)
      json.string(entry.ending.rawValue)
      json.raw(#","client_disconnected":"#)
      json.raw(entry.ending == .clientGone ? "true" : "false")
      json.raw(#","bytes_written":"#)
      json.number(entry.bytes)
      json.raw(#","events_written":"#)
      json.number(entry.events)
      json.raw(#","milliseconds":"#)
      json.number(entry.milliseconds)
    }
    json.raw("}")
  }
}
