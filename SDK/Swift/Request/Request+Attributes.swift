import CToriiPlugin

/// `torii.request/1`: what is known of the request. Texts are views, empty where they do not apply.
extension Request {
  /// `GET`, …
  public var method: ByteView { text(1) }
  /// `http` or `https`.
  public var scheme: ByteView { text(2) }
  /// The Host field or the target's authority, with the port when it was sent.
  public var authority: ByteView { text(3) }
  /// The request target as sent.
  public var target: ByteView { text(4) }
  /// The target's path, as sent.
  public var path: ByteView { text(5) }
  /// The target's query, without `?`.
  public var query: ByteView { text(6) }
  /// `1.0` or `1.1`.
  public var version: ByteView { text(7) }
  /// The client's address.
  public var clientAddress: ByteView { text(8) }
  /// 32 hexadecimal digits, as in `X-Kong-Request-Id`.
  public var requestID: ByteView { text(9) }
  /// The matched route.
  public var routeID: ByteView { text(10) }
  /// The matched route's name.
  public var routeName: ByteView { text(11) }
  /// The route's service.
  public var serviceID: ByteView { text(12) }
  /// The service's name.
  public var serviceName: ByteView { text(13) }
  /// What the route's path matched.
  public var matchedPath: ByteView { text(14) }
  /// Path and query as sent upstream.
  public var upstreamURI: ByteView { text(15) }

  /// The client's port.
  public var clientPort: Int64 { number(1) }
  /// The port that the client came in by.
  public var listenerPort: Int64 { number(2) }
  /// When the request began: wall clock, nanoseconds since 1970.
  public var startedAt: Int64 { number(3) }
  /// The first byte of the request: monotonic, nanoseconds.
  public var startedTime: Int64 { number(4) }
  /// The upstream was first tried: monotonic, nanoseconds; 0 when it was not.
  public var upstreamStartTime: Int64 { number(5) }
  /// The upstream's head was there: monotonic, nanoseconds; 0 when there was none.
  public var upstreamHeadTime: Int64 { number(6) }
  /// In `log`: the last byte was sent, or the exchange given up: monotonic, nanoseconds.
  public var finishedTime: Int64 { number(7) }
  /// Bytes received, head included.
  public var requestBytes: Int64 { number(8) }
  /// Bytes sent, head included.
  public var responseBytes: Int64 { number(9) }
  /// Status of the response to the client; 0 when there is none.
  public var status: Int64 { number(10) }
  /// Status that the upstream answered; 0 when it did not.
  public var upstreamStatus: Int64 { number(11) }
  /// The client left before the end.
  public var isClientGone: Bool { number(12) != 0 }
  /// The whole response was sent.
  public var isResponseComplete: Bool { number(13) != 0 }
  /// The response's head is on its way.
  public var isHeadSent: Bool { number(14) != 0 }

  /// A group of the route's regular expression, by name or by decimal number; `nil` when there is none.
  @inlinable
  public func capture(_ name: some ByteSource) -> ByteView? { unsafe name.withBytes { unsafe group(named: $0) } }

  // Safety of the calls: what comes out is a view by the ABI's rules.

  private func text(_ attribute: UInt32) -> ByteView {
    var value = unsafe torii_slice()
    guard let table = unsafe tables.pointee.request,
      unsafe table.pointee.text?(tables.pointee.context, rawID, attribute, &value) == TORII_OK
    else { return .empty }
    return unsafe value.view
  }

  private func number(_ attribute: UInt32) -> Int64 {
    var value: Int64 = 0
    guard let table = unsafe tables.pointee.request,
      unsafe table.pointee.number?(tables.pointee.context, rawID, attribute, &value) == TORII_OK
    else { return 0 }
    return value
  }

  @usableFromInline
  func group(named name: UnsafeRawBufferPointer) -> ByteView? {
    var value = unsafe torii_slice()
    guard let table = unsafe tables.pointee.request,
      unsafe table.pointee.capture?(tables.pointee.context, rawID, torii_slice(name), &value) == TORII_OK
    else { return nil }
    return unsafe value.view
  }
}
