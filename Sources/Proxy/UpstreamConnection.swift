import EventLoop
import Glibc

/// Who is using an upstream connection: an exchange, or a plugin's call-out.
protocol UpstreamUser: AnyObject {
  /// Connected, and with TLS the handshake done: the request can be written.
  func upstreamOpened(_ connection: UpstreamConnection)
  /// Not, or no longer, usable. The user lets go of it.
  func upstreamFailed(_ connection: UpstreamConnection, _ failure: UpstreamFailure)
  /// There may be something to read.
  func upstreamReadable(_ connection: UpstreamConnection)
  /// What waited to be written has been.
  func upstreamWritable(_ connection: UpstreamConnection)
}

/// What went wrong with an upstream.
enum UpstreamFailure {
  case resolution(String)
  case connect(Int32)
  case connectTimeout
  case tls(String)
  case broken(Int32)
  case closed
  case writeTimeout
  case readTimeout

  /// Whether it is a time-out (504) rather than a failure (502).
  var isTimeout: Bool {
    switch self {
    case .connectTimeout, .writeTimeout, .readTimeout: true
    default: false
    }
  }

  /// For the log.
  var text: String {
    switch self {
    case .resolution(let text): "name resolution failed: \(text)"
    case .connect(let code): "connect failed: \(SystemError.text(for: code)) (\(code))"
    case .connectTimeout: "connecting took longer than connect_timeout"
    case .tls(let text): "TLS: \(text)"
    case .broken(let code): "connection failed: \(code > 0 ? SystemError.text(for: code) : "TLS failure") (\(code))"
    case .closed: "the upstream closed the connection before its response was complete"
    case .writeTimeout: "writing took longer than write_timeout"
    case .readTimeout: "no bytes came for longer than read_timeout"
    }
  }
}

/// A connection to an upstream.
final class UpstreamConnection: Connection {
  enum State { case connecting, handshaking, open }

  let target: UpstreamTarget
  private(set) var state = State.connecting
  /// Its place among the idle ones, or -1.
  var idleIndex = -1
  /// Requests sent on it so far.
  var requestCount = 0
  unowned(unsafe) var user: (any UpstreamUser)?
  /// Milliseconds of silence allowed while writing.
  var writeTimeout = 60_000
  /// Whom it is connected to.
  var peer: SocketAddress?
  /// A write failed: the connection is only read to the end.
  var sawWriteFailure = false

  init(target: UpstreamTarget, descriptor: Int32, tls: TLSSession?) {
    self.target = target
    unsafe super.init(worker: target.worker, descriptor: descriptor, tls: tls)
  }

  override func ready(_ events: Events) {
    if idleIndex >= 0 {
      readyWhileIdle(events)
      return
    }
    switch state {
    case .connecting: connected()
    case .handshaking: shakeHands()
    case .open:
      // An upstream that answers early and closes may fail our writes: what it said is read first.
      noteReadable(events)
      if hasPendingOutput, !events.isDisjoint(with: [.writable, .readable]) {
        switch flush() {
        case .sent: unsafe user?.upstreamWritable(self)
        case .pending: deadline.set(milliseconds: writeTimeout)
        case .failed: if !mayRead { unsafe user?.upstreamFailed(self, .closed) }
        }
      }
      if mayRead, !isClosed { unsafe user?.upstreamReadable(self) }
    }
  }

  /// An idle connection has nothing to say: it is closing, or it is not to be trusted. What TLS says between the
  /// lines, like a new session ticket, is no content.
  private func readyWhileIdle(_ events: Events) {
    noteReadable(events)
    guard mayRead else { return }
    if transport.tls != nil, !isEnding, case .nothing = fill() { return }
    target.removeIdle(self)
    closeSocket()
  }

  /// Whether the peer has neither ended an idle connection nor said anything, as of now.
  ///
  /// The kernel knows it before the loop does. One byte is looked at, and stays where it is.
  var isQuiet: Bool {
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    if count < 0 { return errno == EAGAIN }
    return count > 0 && transport.tls != nil
  }

  private func connected() {
    if let error = Sockets.connectionError(descriptor) {
      unsafe user?.upstreamFailed(self, .connect(error.code))
      return
    }
    if isHandshaking {
      state = .handshaking
      shakeHands()
    } else {
      state = .open
      unsafe user?.upstreamOpened(self)
    }
  }

  private func shakeHands() {
    guard let tls = transport.tls else { return }
    switch tls.handshake() {
    case .done:
      isHandshaking = false
      state = .open
      unsafe user?.upstreamOpened(self)
    case .wantRead, .wantWrite: break
    case .failed(let error): unsafe user?.upstreamFailed(self, .tls(error.message))
    }
  }

  override func deadlinePassed() {
    if idleIndex >= 0 {
      target.removeIdle(self)
      closeSocket()
      return
    }
    switch state {
    case .connecting, .handshaking: unsafe user?.upstreamFailed(self, .connectTimeout)
    case .open: unsafe user?.upstreamFailed(self, hasPendingOutput ? .writeTimeout : .readTimeout)
    }
  }
}
