import CLinux
import EventLoop
import Glibc
import JSON

/// A packet socket between controller and worker: JSON messages, some with a descriptor.
final class ControlChannel: EventSource {
  private let loop: EventLoop
  var onMessage: (JSONNode, Int32) -> Void = { _, _ in }
  var onClose: () -> Void = {}
  private static let largest = 256 * 1024

  init(loop: EventLoop, descriptor: Int32) {
    self.loop = loop
    super.init(descriptor: descriptor)
    loop.register(self, interest: .readLevel)
  }

  /// Sends a message; false when the other side is gone. A descriptor stays the caller's.
  func send(_ message: JSONNode, descriptor attached: Int32 = -1) -> Bool {
    let bytes = message.serialized()
    return unsafe bytes.withUnsafeBytes { unsafe clinux_send_packet(descriptor, $0.baseAddress, $0.count, attached) }
      >= 0
  }

  override func ready(_ events: Events) {
    var buffer = [UInt8](repeating: 0, count: Self.largest)
    var attached: Int32 = -1
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe clinux_receive_packet(descriptor, $0.baseAddress, $0.count, &attached)
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else {
      close()
      return
    }
    guard let message = try? JSONNode(parsing: Array(buffer[..<count])) else {
      if attached >= 0 { _ = Glibc.close(attached) }
      close()
      return
    }
    onMessage(message, attached)
  }

  func close() {
    guard descriptor >= 0 else { return }
    loop.close(self)
    onClose()
  }
}

/// What controller and workers say to each other.
enum ControlMessage {
  /// controller → worker, with the document: make this generation ready.
  static let prepare = "prepare"
  /// A member of such a message: plugins that are not to be loaded.
  static let without = "without"
  /// controller → worker: new requests begin with it from now on.
  static let commit = "commit"
  /// controller → worker: what was tried out is for all requests.
  static let promote = "promote"
  /// controller → worker: forget what was prepared, or is tried out.
  static let abort = "abort"
  /// worker → controller: it is there, and serves this generation.
  static let hello = "hello"
  /// worker → controller: it is ready.
  static let prepared = "prepared"
  /// worker → controller: it cannot be made ready, and why.
  static let failed = "failed"

  /// worker → controller, once a second: what it counted.
  static let counts = "counts"
  /// worker → controller, once a second: series of plugins' metrics that changed.
  static let metrics = "metrics"

  static func make(_ kind: String, number: Int, _ more: [JSONNode.Member] = []) -> JSONNode {
    JSONNode(
      .object(
        [
          .init(name: "kind", value: JSONNode(.string(kind))),
          .init(name: "number", value: JSONNode(.number(String(number)))),
        ] + more))
  }
}
