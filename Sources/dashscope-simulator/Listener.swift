import CLinux
import Glibc

/// The listening socket, and a thread for each connection it accepts.
struct Listener: Sendable {
  /// Why listening failed, for a human.
  struct Failure: Error {
    /// The step that failed and the system's reason.
    let message: String
  }

  private let descriptor: Int32
  /// The port that is listened on.
  let port: UInt16

  /// Small stacks: a thousand connections must not cost a gigabyte of address space.
  private static let stackSize = 512 * 1024

  /// Listens on an IPv4 address.
  init(host: String, port: UInt16) throws(Failure) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(message: "socket: \(Self.reason())") }
    var one: Int32 = 1
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard unsafe inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
      throw Failure(message: "'\(host)' is not an IPv4 address")
    }
    // The kernel reads and writes `address` as the `sockaddr` it begins with, within its size.
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let file = descriptor
    let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
        unsafe bind(file, general, length) == 0 && listen(file, 4096) == 0 && getsockname(file, general, &length) == 0
      }
    }
    guard bound else { throw Failure(message: "\(host):\(port): \(Self.reason())") }
    self.port = UInt16(bigEndian: address.sin_port)
  }

  /// Accepts for ever; returns only when the listening socket fails.
  func run(_ simulator: Simulator) {
    while true {
      let accepted = clinux_accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
      guard accepted >= 0 else {
        // Out of descriptors is not the end: connections that close make room.
        if errno == EMFILE || errno == ENFILE { _ = usleep(1000) }
        if errno == EBADF || errno == EINVAL { return }
        continue
      }
      let started = Self.thread {
        let connection = Connection(Socket(descriptor: accepted), simulator: simulator)
        connection.serve()
      }
      if !started { _ = close(accepted) }
    }
  }

  /// Runs `body` on a thread of its own, which nobody joins.
  static func thread(_ body: @escaping @Sendable () -> Void) -> Bool {
    // The box is retained here and released by the thread; if there is no thread, here.
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = unsafe Unmanaged.passRetained(Box(body))
    var attributes = pthread_attr_t()
    _ = unsafe pthread_attr_init(&attributes)
    _ = unsafe pthread_attr_setstacksize(&attributes, stackSize)
    _ = unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { _ = unsafe pthread_attr_destroy(&attributes) }
    var identity = pthread_t()
    let result = unsafe pthread_create(
      &identity, &attributes,
      { context in
        if let context = unsafe context { unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    if result != 0 { unsafe box.release() }
    return result == 0
  }

  private static func reason() -> String {
    guard let text = unsafe strerror(errno) else { return "error \(errno)" }
    return unsafe String(cString: text)
  }
}
