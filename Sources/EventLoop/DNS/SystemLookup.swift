import Glibc

/// What a lookup gave: addresses with port 0, in the order to be tried, or a failure.
typealias LookupResult = Result<[SocketAddress], ResolutionError>

/// The system's resolver: `/etc/hosts`, DNS and whatever `nsswitch.conf` names. It blocks, for seconds when a server is away.
enum SystemLookup {
  /// Looks a name up with getaddrinfo(3), which sorts the addresses (RFC 6724).
  ///
  /// Safety: the list is read before it is freed; each entry's address is as long as it says.
  static func addresses(of host: String) -> LookupResult {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
      let reason = code == EAI_SYSTEM ? SystemError.text(for: errno) : unsafe String(cString: gai_strerror(code))
      return .failure(ResolutionError(host: host, reason: reason))
    }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var entry = unsafe list
    while let current = unsafe entry {
      var storage = sockaddr_storage()
      let length = unsafe current.pointee.ai_addrlen
      if let source = unsafe current.pointee.ai_addr, Int(length) <= MemoryLayout<sockaddr_storage>.size {
        unsafe withUnsafeMutableBytes(of: &storage) {
          unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: Int(length)))
        }
        if let address = SocketAddress(storage, length: length), !addresses.contains(address) {
          addresses.append(address)
        }
      }
      unsafe entry = current.pointee.ai_next
    }
    if addresses.isEmpty { return .failure(ResolutionError(host: host, reason: "no address")) }
    return .success(addresses)
  }
}
