import Glibc

/// What a process of the gateway does. The supervisor starts the others by running its own executable again.
public enum ProcessRole: String, Sendable {
  /// Owns the configuration.
  case controller
  /// Serves clients.
  case worker
  /// Looks into libraries, once.
  case inspector
}

/// What a process inherits from the supervisor, carried in its environment.
public struct Inheritance: Sendable {
  /// A listening socket.
  public struct Socket: Sendable {
    /// What is served on it.
    public enum Purpose: String, Sendable { case proxy, admin, status }
    /// The descriptor in the child.
    public var descriptor: Int32
    /// What is served on it.
    public var purpose: Purpose
    /// The port that clients connect to.
    public var port: Int
    /// Whether clients speak TLS.
    public var isTLS: Bool
  }

  /// The supervisor.
  public var supervisor: Int32
  /// Which of the workers it is, from 0; for the controller, how often there was one before it.
  public var index: Int
  /// The socket on which the controller meets the workers: it listens, they connect to `meetingPoint`.
  public var meetingDescriptor: Int32
  /// The abstract address of that socket.
  public var meetingPoint: String
  /// The board's memory; -1 when there is none.
  public var boardDescriptor: Int32 = -1
  /// Where on the board a worker has its part.
  public var boardPlace = 0
  /// The memory of what plugins keep; -1 when there is none.
  public var storeDescriptor: Int32 = -1
  /// Listening sockets.
  public var sockets: [Socket]
  /// The key of TLS session tickets, the same in all workers, so that each resumes the others' sessions.
  public var ticketKey: [UInt8] = []

  /// The variable that carries it.
  static let variable = "TORII_INTERNAL_INHERITANCE"

  /// `supervisor;index;meeting descriptor;meeting point;ticket key;board;place;store;descriptor,purpose,port,tls;…`
  var text: String {
    let parts = sockets.map { "\($0.descriptor),\($0.purpose.rawValue),\($0.port),\($0.isTLS ? 1 : 0)" }
    let key = ticketKey.map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
    return
      ([
        String(supervisor), String(index), String(meetingDescriptor), meetingPoint, key, String(boardDescriptor),
        String(boardPlace), String(storeDescriptor),
      ] + parts).joined(separator: ";")
  }

  /// Reads what the supervisor left in the environment; `nil` when the process was not started by one.
  public static func fromEnvironment() -> Inheritance? {
    guard let value = unsafe getenv(variable) else { return nil }
    return unsafe Inheritance(String(cString: value))
  }

  /// Keeps what was inherited to this process: what plugins start gets neither the descriptors, nor the key of tickets in the
  /// environment. A program that held a listening socket open would hold its port, and keep connections waiting.
  public func keep() {
    for descriptor in sockets.map(\.descriptor) + [meetingDescriptor, boardDescriptor, storeDescriptor]
    where descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    unsafe unsetenv(Self.variable)
  }

  init(supervisor: Int32, index: Int, meetingDescriptor: Int32, meetingPoint: String, sockets: [Socket]) {
    self.supervisor = supervisor
    self.index = index
    self.meetingDescriptor = meetingDescriptor
    self.meetingPoint = meetingPoint
    self.sockets = sockets
  }

  init?(_ text: String) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 8, let board = Int32(parts[5]), let place = Int(parts[6]), let store = Int32(parts[7]),
      let supervisor = Int32(parts[0]), let index = Int(parts[1]), let meeting = Int32(parts[2])
    else { return nil }
    var sockets: [Socket] = []
    for part in parts[8...] {
      let fields = part.split(separator: ",").map(String.init)
      guard fields.count == 4, let descriptor = Int32(fields[0]), let purpose = Socket.Purpose(rawValue: fields[1]),
        let port = Int(fields[2])
      else { return nil }
      sockets.append(Socket(descriptor: descriptor, purpose: purpose, port: port, isTLS: fields[3] == "1"))
    }
    self.init(
      supervisor: supervisor, index: index, meetingDescriptor: meeting, meetingPoint: parts[3], sockets: sockets)
    boardDescriptor = board
    boardPlace = place
    storeDescriptor = store
    var digits = parts[4][...]
    while let byte = UInt8(digits.prefix(2), radix: 16), digits.count >= 2 {
      ticketKey.append(byte)
      digits = digits.dropFirst(2)
    }
    guard digits.isEmpty else { return nil }
  }
}
