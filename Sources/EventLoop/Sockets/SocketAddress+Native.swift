import Glibc

extension SocketAddress {
  /// The address family: `AF_INET`, `AF_INET6` or `AF_UNIX`.
  public var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  /// Calls `body` with the address in the kernel's form; the pointer is valid during the call only.
  ///
  /// The structures given are as long as the length says. A Unix path that does not fit is cut; `Sockets` refuses it before.
  public func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch self {
    case .ipv4(let address, let port):
      var native = sockaddr_in()
      native.sin_family = sa_family_t(AF_INET)
      native.sin_port = port.bigEndian
      native.sin_addr.s_addr = address.bigEndian
      return unsafe Self.asGeneric(&native, length: MemoryLayout<sockaddr_in>.size, body)
    case .ipv6(let address, let port):
      var native = sockaddr_in6()
      native.sin6_family = sa_family_t(AF_INET6)
      native.sin6_port = port.bigEndian
      native.sin6_addr = in6_addr(address)
      native.sin6_scope_id = address.scope
      return unsafe Self.asGeneric(&native, length: MemoryLayout<sockaddr_in6>.size, body)
    case .unix(let path):
      var native = sockaddr_un()
      native.sun_family = sa_family_t(AF_UNIX)
      let count = min(path.utf8.count, Self.maximumUnixPathLength)
      unsafe withUnsafeMutableBytes(of: &native.sun_path) { bytes in
        for (index, byte) in path.utf8.prefix(count).enumerated() { unsafe bytes[index] = byte }
      }
      let length = Self.unixPathOffset + count + 1
      return unsafe Self.asGeneric(&native, length: length, body)
    }
  }

  /// The longest path a Unix domain socket can have (sockaddr_un, without the terminator).
  static let maximumUnixPathLength = 107
  private static let unixPathOffset = MemoryLayout<sa_family_t>.size

  /// Every kind of socket address begins like `sockaddr` and may be passed as one (socket(7)).
  private static func asGeneric<Native, Result>(
    _ native: inout Native, length: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    unsafe withUnsafePointer(to: &native) { pointer in
      unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), socklen_t(length))
    }
  }

  /// Reads an address that the kernel wrote.
  ///
  /// Safety: `storage` holds a whole `sockaddr_storage`, larger than each structure that is read from it.
  init?(_ storage: borrowing sockaddr_storage, length: socklen_t) {
    switch Int32(storage.ss_family) {
    case AF_INET:
      guard length >= socklen_t(MemoryLayout<sockaddr_in>.size) else { return nil }
      let native = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in.self) }
      self = .ipv4(UInt32(bigEndian: native.sin_addr.s_addr), port: UInt16(bigEndian: native.sin_port))
    case AF_INET6:
      guard length >= socklen_t(MemoryLayout<sockaddr_in6>.size) else { return nil }
      let native = unsafe withUnsafeBytes(of: storage) { unsafe $0.loadUnaligned(as: sockaddr_in6.self) }
      let address = IPv6Address(native.sin6_addr, scope: native.sin6_scope_id)
      self = .ipv6(address, port: UInt16(bigEndian: native.sin6_port))
    case AF_UNIX:
      let path = unsafe withUnsafeBytes(of: storage) { bytes in
        let end = min(Int(length), bytes.count)
        guard end > Self.unixPathOffset else { return "" }
        let path = unsafe bytes[Self.unixPathOffset..<end]
        return unsafe String(decoding: path.prefix { $0 != 0 }, as: UTF8.self)
      }
      self = .unix(path: path)
    default:
      return nil
    }
  }
}

extension IPv6Address {
  init(_ native: in6_addr, scope: UInt32) {
    let halves = unsafe withUnsafeBytes(of: native) { bytes in
      // 16 bytes, so both loads are within.
      unsafe (
        bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      )
    }
    self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1), scope: scope)
  }
}

extension in6_addr {
  init(_ address: IPv6Address) {
    self.init()
    unsafe withUnsafeMutableBytes(of: &self) { bytes in
      // 16 bytes, so both stores are within.
      unsafe bytes.storeBytes(of: address.high.bigEndian, toByteOffset: 0, as: UInt64.self)
      unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
  }
}
