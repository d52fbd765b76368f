import Glibc

extension SocketAddress: CustomStringConvertible {
  /// Parses an address with a port: `127.0.0.1:80`, `[::1]:80`, `[fe80::1%eth0]:80` or `unix:/path`. Names are not looked up.
  public init?(parsing text: String) {
    if text.hasPrefix("unix:") {
      let path = text.dropFirst(5)
      guard !path.isEmpty else { return nil }
      self = .unix(path: String(path))
      return
    }
    guard let colon = text.lastIndex(of: ":"),
      let port = Self.port(parsing: text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("[") && host.hasSuffix("]") {
      self.init(host: String(host.dropFirst().dropLast()), port: port)
      guard case .ipv6 = self else { return nil }
    } else {
      self.init(host: String(host), port: port)
      guard case .ipv4 = self else { return nil }
    }
  }

  /// Parses an address literal without a port: `127.0.0.1`, `::1` or `[::1]`. Names are not looked up.
  public init?(host: String, port: UInt16) {
    var host = host
    if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    // A zero byte would end the C string early.
    guard !host.isEmpty, !host.utf8.contains(0) else { return nil }
    var v4 = in_addr()
    // inet_pton reads a terminated string and writes exactly the structure given.
    if unsafe inet_pton(AF_INET, host, &v4) == 1 {
      self = .ipv4(UInt32(bigEndian: v4.s_addr), port: port)
      return
    }
    var scope: UInt32 = 0
    if let percent = host.firstIndex(of: "%") {
      let zone = String(host[host.index(after: percent)...])
      scope = unsafe UInt32(zone) ?? if_nametoindex(zone)
      guard scope != 0 else { return nil }
      host = String(host[..<percent])
    }
    var v6 = in6_addr()
    guard unsafe inet_pton(AF_INET6, host, &v6) == 1 else { return nil }
    self = .ipv6(IPv6Address(v6, scope: scope), port: port)
  }

  private static func port(parsing digits: Substring) -> UInt16? {
    // UInt16 alone would also take a sign.
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return UInt16(digits)
  }

  /// The address without its port: `127.0.0.1`, `::1`, or the path of a Unix domain socket.
  public var host: String {
    if case .unix(let path) = self { return path }
    return unsafe withUnsafeTemporaryAllocation(byteCount: Self.maximumHostLength, alignment: 1) { buffer in
      let count = unsafe writeHost(into: buffer)
      return unsafe String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
    }
  }

  /// The most bytes `writeHost(into:)` needs for an IP address, terminator and scope included.
  public static let maximumHostLength = 64

  /// Writes the address without its port, as text, without allocating.
  ///
  /// - Parameter buffer: at least `maximumHostLength` bytes; a Unix path is cut to what fits.
  /// - Returns: the number of bytes written; there is no terminator.
  @unsafe
  public func writeHost(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch self {
    case .ipv4(let address, _):
      var count = 0
      for index in 0..<UInt32(4) {
        let shift = 24 &- index &* 8
        if index > 0 { unsafe Self.put(UInt8(ascii: "."), buffer, &count) }
        let byte = UInt8(truncatingIfNeeded: address >> shift)
        if byte >= 100 { unsafe Self.put(0x30 + byte / 100, buffer, &count) }
        if byte >= 10 { unsafe Self.put(0x30 + byte / 10 % 10, buffer, &count) }
        unsafe Self.put(0x30 + byte % 10, buffer, &count)
      }
      return count
    case .ipv6(let address, _):
      var native = in6_addr(address)
      guard let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
        unsafe inet_ntop(AF_INET6, &native, base, socklen_t(buffer.count)) != nil
      else { return 0 }
      var count = unsafe strlen(base)
      if address.scope != 0 {
        unsafe Self.put(UInt8(ascii: "%"), buffer, &count)
        for digit in String(address.scope).utf8 { unsafe Self.put(digit, buffer, &count) }
      }
      return count
    case .unix(let path):
      var count = 0
      for byte in path.utf8 { unsafe Self.put(byte, buffer, &count) }
      return count
    }
  }

  private static func put(_ byte: UInt8, _ buffer: UnsafeMutableRawBufferPointer, _ count: inout Int) {
    guard count < buffer.count else { return }
    unsafe buffer[count] = byte
    count &+= 1
  }

  /// The address as `init(parsing:)` reads it.
  public var description: String {
    switch self {
    case .ipv4(_, let port): "\(host):\(port)"
    case .ipv6(_, let port): "[\(host)]:\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
