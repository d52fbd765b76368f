import EventLoop
import Glibc

/// A connection of a command to a server: reads and writes wait, up to a time limit.
///
/// Safety: structures handed to the system are local and live for the call; `getaddrinfo`'s list is freed on every way out.
final class BlockingStream {
  private var transport: Transport
  private let timeout: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Connects to the first address of a host that answers.
  ///
  /// - Parameters:
  ///   - timeout: In milliseconds, for each address, read and write.
  ///   - tls: With it TLS is spoken.
  ///   - serverName: The name that the server's certificate must be for.
  init(host: String, port: UInt16, timeout: Int32, tls: TLSContext?, serverName: String) throws(CommandFailure) {
    self.timeout = timeout
    let descriptor = try Self.connect(host, port, timeout)
    transport = Transport(descriptor: descriptor)
    guard let tls else { return }
    do {
      let session = try TLSSession.connect(tls, descriptor: descriptor, host: serverName, port: port)
      transport.tls = session
      try handshake(session)
    } catch let failure {
      close()
      throw CommandFailure("\(failure)")
    }
  }

  deinit { close() }

  private func close() {
    if transport.descriptor >= 0 { Sockets.close(transport.descriptor) }
    transport.descriptor = -1
  }

  private static func connect(_ host: String, _ port: UInt16, _ timeout: Int32) throws(CommandFailure) -> Int32 {
    var reason = "the name has no addresses"
    for address in try addresses(host, port) {
      do {
        let (descriptor, inProgress) = try Sockets.connect(to: address)
        if !inProgress { return descriptor }
        if wait(descriptor, POLLOUT, timeout) {
          guard let error = Sockets.connectionError(descriptor) else { return descriptor }
          reason = "\(error)"
        } else {
          reason = "connect: no answer within \(timeout / 1000) seconds"
        }
        Sockets.close(descriptor)
      } catch {
        reason = "\(error)"
      }
    }
    throw CommandFailure(reason)
  }

  private static func addresses(_ host: String, _ port: UInt16) throws(CommandFailure) -> [SocketAddress] {
    if let address = SocketAddress(host: host, port: port) { return [address] }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
      throw CommandFailure("lookup of \(host): \(unsafe String(cString: gai_strerror(code)))")
    }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var entry = unsafe list
    while let current = unsafe entry {
      let info = unsafe current.pointee
      // The numeric form is read back by the type that holds addresses.
      if unsafe getnameinfo(
        info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      {
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        if let address = SocketAddress(host: String(decoding: bytes, as: UTF8.self), port: port),
          !addresses.contains(address)
        {
          addresses.append(address)
        }
      }
      unsafe entry = info.ai_next
    }
    return addresses
  }

  /// Whether a descriptor becomes ready in time.
  private static func wait(_ descriptor: Int32, _ events: Int32, _ timeout: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, timeout)
      if count < 0, errno == EINTR { continue }
      return count > 0
    }
  }

  private func wait(_ events: Int32) throws(CommandFailure) {
    guard Self.wait(transport.descriptor, events, timeout) else {
      throw CommandFailure("no answer within \(timeout / 1000) seconds")
    }
  }

  private func handshake(_ session: TLSSession) throws {
    while true {
      switch session.handshake() {
      case .done: return
      case .wantRead: try wait(POLLIN)
      case .wantWrite: try wait(POLLOUT)
      case .failed(let error): throw error
      }
    }
  }

  /// Writes everything.
  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    var done = 0
    while done < bytes.count {
      // The rest of the array, which nothing changes meanwhile.
      let result = unsafe bytes.withUnsafeBytes { all in
        unsafe transport.write(UnsafeRawBufferPointer(rebasing: all[done...]))
      }
      switch result {
      case .bytes(let count): done += count
      case .wouldBlock: try wait(transport.tls?.writeWantsReadable == true ? POLLIN : POLLOUT)
      case .endOfStream: throw CommandFailure("the connection was closed")
      case .failed(let code): throw CommandFailure(transport.failureText(code))
      }
    }
  }

  /// Appends what comes next; `false` at the end of the stream.
  func read(into bytes: inout [UInt8]) throws(CommandFailure) -> Bool {
    while true {
      // At most as many bytes are written as the buffer has.
      let result = unsafe buffer.withUnsafeMutableBytes { unsafe transport.read(into: $0) }
      switch result {
      case .bytes(let count):
        bytes += buffer[..<count]
        return true
      case .wouldBlock: try wait(transport.tls?.readWantsWritable == true ? POLLOUT : POLLIN)
      case .failed(let code): throw CommandFailure(transport.failureText(code))
      case .endOfStream: return false
      }
    }
  }
}
