import Glibc
import JSON
import Synchronization

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
    let number: Int
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
    var entries: [Entry] = []
    /// The entries before this index were forgotten.
    var first = 0
    var bodyBytes = 0
    var counters = Counters()
    var connectionsSeen = 0
  }

  private let state = Mutex(State())
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
      state.connectionsSeen += 1
      return state.connectionsSeen
    }
  }

  /// Counts a connection's end.
  func connectionClosed() {
    state.withLock { $0.counters.connectionsOpen -= 1 }
  }

  /// Remembers a request; returns its number, from 1.
  func received(_ request: Request, connection: Int) -> Int {
    let now = Clock.unixMilliseconds()
    let entry = state.withLock { state in
      state.counters.requests += 1
      let entry = Entry(number: state.counters.requests, connection: connection, received: now, request: request)
      guard keep > 0 else { return entry }
      state.entries.append(entry)
      state.bodyBytes += request.body.count
      while state.entries.count - state.first > keep
        || (state.bodyBytes > Self.bodyLimit && state.entries.count - state.first > 1)
      {
        state.bodyBytes -= state.entries[state.first].request.body.count
        state.entries[state.first] = Entry(
          number: 0, connection: 0, received: 0, request: Request(method: "", target: "", headers: []))
        state.first += 1
      }
      if state.first > 1024, state.first * 2 > state.entries.count {
        state.entries.removeFirst(state.first)
        state.first = 0
      }
      return entry
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
      guard let last = state.entries.last?.number else { return }
      let index = state.entries.count - 1 - (last - number)
      guard index >= state.first, index < state.entries.count, state.entries[index].number == number else { return }
      state.entries[index].ending = ending
      state.entries[index].status = status
      state.entries[index].bytes = bytes
      state.entries[index].events = events
      state.entries[index].milliseconds = milliseconds
    }
  }

  /// The counters.
  var counters: Counters { state.withLock { $0.counters } }

  /// Forgets all requests, and starts counting anew. Connections and the numbers of requests go on.
  func reset() {
    state.withLock { state in
      state.entries = []
      state.first = 0
      state.bodyBytes = 0
      state.counters.completed = 0
      state.counters.clientGone = 0
      state.counters.faults = 0
    }
  }

  /// All that is remembered, as a JSON array.
  func json() -> [UInt8] {
    let entries = state.withLock { state in Array(state.entries[state.first...]) }
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
