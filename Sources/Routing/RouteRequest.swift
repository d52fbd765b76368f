/// The parts of a request that routes are matched against.
///
/// The views are borrowed: they must stay valid, and unchanged, while ``Router/match(_:fields:result:)`` runs, which keeps
/// none of them. That promise is the caller's, hence the unsafe initializer; reading them later is bounds-checked.
@safe
public struct RouteRequest {
  let method: UnsafeRawBufferPointer
  let host: UnsafeRawBufferPointer
  let path: UnsafeRawBufferPointer
  let isTLS: Bool
  let sni: UnsafeRawBufferPointer?
  let listenerPort: UInt16

  /// Names the parts of one request.
  ///
  /// - Parameters:
  ///   - method: The method as sent.
  ///   - host: The value of the Host field (or the authority); it may include a port. Empty when there is none.
  ///   - path: The path after ``PathNormalizer``, without the query.
  ///   - isTLS: Whether the client's connection is TLS; without it server names are not looked at.
  ///   - sni: The server name the client sent in its TLS handshake.
  ///   - listenerPort: The port the connection was accepted on: a host pattern's port is compared with it when the
  ///     Host field has none.
  @unsafe
  public init(
    method: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, isTLS: Bool,
    sni: UnsafeRawBufferPointer?, listenerPort: UInt16
  ) {
    unsafe self.method = method
    unsafe self.host = host
    unsafe self.path = path
    self.isTLS = isTLS
    unsafe self.sni = sni
    self.listenerPort = listenerPort
  }
}

/// How the router reads the header fields of a request. It asks only when a candidate route has header criteria.
public protocol RouteHeaderFields: ~Copyable, ~Escapable {
  /// The next value of the fields called `name`.
  ///
  /// - Parameters:
  ///   - name: The field name in lower case; the request's names are to be compared without regard to case.
  ///   - cursor: 0 for the first value; the implementation moves it past the value returned. Its meaning is the
  ///     implementation's (the index of the next field, as a rule).
  /// - Returns: A view of the value, valid until the match ends; nil when there are no more.
  func nextValue(of name: UnsafeRawBufferPointer, cursor: inout Int) -> UnsafeRawBufferPointer?
}

/// A request without header fields.
public struct NoHeaderFields: RouteHeaderFields {
  /// Makes the empty list.
  public init() {}

  /// Always nil.
  public func nextValue(of name: UnsafeRawBufferPointer, cursor: inout Int) -> UnsafeRawBufferPointer? { nil }
}
