/// The head of a request. Ranges count from the start of the buffer it was parsed from.
public struct RequestHead: Sendable {
  /// The four forms of a request target (RFC 9112 §3.2).
  public enum TargetForm: UInt8, Sendable {
    /// A path and an optional query: `/where?q=now`
    case origin
    /// A URI: `http://example.org/where`
    case absolute
    /// Host and port, for CONNECT: `example.org:443`
    case authority
    /// `*`, for OPTIONS.
    case asterisk
  }

  /// The method.
  public internal(set) var method = Method.get
  /// The method as sent.
  public internal(set) var methodRange = ByteRange()
  /// The request target as sent.
  public internal(set) var target = ByteRange()
  /// The target's form.
  public internal(set) var form = TargetForm.origin
  /// The target's authority, in absolute and authority form; else empty.
  public internal(set) var authority = ByteRange()
  /// The host of ``authority``, an IP literal with its brackets; else empty.
  public internal(set) var authorityHost = ByteRange()
  /// The port of ``authority``, if it has one.
  public internal(set) var authorityPort: UInt16?
  /// The path: in origin form up to the `?`, in absolute form what follows the authority and may be empty,
  /// which means `/` (or `*` for OPTIONS). Empty in authority form, `*` in asterisk form.
  public internal(set) var path = ByteRange()
  /// The query without its `?`; may be empty.
  public internal(set) var query = ByteRange()
  /// Whether there is a `?`.
  public internal(set) var hasQuery = false
  /// 0 for HTTP/1.0, 1 for HTTP/1.1 and any later HTTP/1.x (RFC 9110 §2.5).
  public internal(set) var minorVersion: UInt8 = 1
  /// How the body's end is found: none, length or chunked.
  public internal(set) var body = BodyFraming.none
  /// Whether the client wants to keep the connection.
  public internal(set) var keepAlive = true
  /// Whether the client waits for 100 (Continue) before it sends a body. Only in HTTP/1.1 and with a body to wait for.
  public internal(set) var expectsContinue = false
  /// Whether Connection lists upgrade and there is an Upgrade field, in HTTP/1.1 (RFC 9110 §7.8).
  public internal(set) var upgrade = false
  /// Whether a TE field names trailers (RFC 9110 §6.5.1).
  public internal(set) var acceptsTrailers = false
  /// The index of the Host field in the field table, or -1: HTTP/1.0 may be without.
  public internal(set) var host: Int32 = -1
  /// The host of the Host field, without port, an IP literal with its brackets.
  public internal(set) var hostName = ByteRange()
  /// The port of the Host field, if it has one.
  public internal(set) var hostPort: UInt16?
  /// Whether Connection lists anything besides close, keep-alive, upgrade and te. Only then is
  /// ``isListedInConnection(_:fields:bytes:)`` worth asking for names that are not hop-by-hop by themselves.
  public internal(set) var connectionListsOthers = false

  /// An empty head.
  public init() {}

  /// Whether a Connection field lists `name`, so that it is not to be forwarded (RFC 9110 §7.6.1).
  ///
  /// The answer is what the message says. Some senders list fields that are for all recipients, such as Host or
  /// Content-Length: what may be dropped is the caller's to decide.
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
