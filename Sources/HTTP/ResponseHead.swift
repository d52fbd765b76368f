/// The head of a response. Ranges count from the start of the buffer it was parsed from.
public struct ResponseHead: Sendable {
  /// The status code, three digits: 0 to 999. Only 100 to 599 have a meaning (RFC 9110 §15).
  public internal(set) var status: UInt16 = 0
  /// The reason phrase; may be empty.
  public internal(set) var reason = ByteRange()
  /// 0 for HTTP/1.0, 1 for HTTP/1.1 and any later HTTP/1.x.
  public internal(set) var minorVersion: UInt8 = 1
  /// How the body's end is found, the request's method considered.
  public internal(set) var body = BodyFraming.none
  /// Whether the connection can be used again after the body.
  public internal(set) var keepAlive = true
  /// Whether Connection lists upgrade and there is an Upgrade field: with status 101, the protocol changes.
  public internal(set) var upgrade = false
  /// Whether Connection lists anything besides close, keep-alive, upgrade and te.
  public internal(set) var connectionListsOthers = false

  /// An empty head.
  public init() {}

  /// Whether the response is interim (1xx other than 101): another head follows (RFC 9110 §15.2).
  public var isInterim: Bool { status >= 100 && status < 200 && status != 101 }

  /// Whether a Connection field lists `name`, so that it is not to be forwarded (RFC 9110 §7.6.1).
  /// - Parameters:
  ///   - name: a field name, in any case.
  ///   - fields: the table the head was parsed into.
  ///   - bytes: the buffer the head was parsed from.
  public func isListedInConnection(
    _ name: UnsafeRawBufferPointer, fields: FieldTable, bytes: UnsafeRawBufferPointer
  ) -> Bool {
    unsafe ConnectionOptions.list(name, fields: fields, bytes: bytes)
  }
}
