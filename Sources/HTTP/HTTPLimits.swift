/// How much a message may make its recipient hold or do. Sizes are in bytes.
public struct HTTPLimits: Sendable {
  /// The longest request or status line, line end not counted. A request line that is longer is answered 414.
  @CompactBound public var requestLine = 8192
  /// The longest field line, line end not counted; 431.
  @CompactBound public var fieldLine = 16384
  /// The largest head, from its first byte to the end of the empty line that closes it; 431. At most 1 GiB is honoured.
  @CompactBound public var head = 65536
  /// The largest number of field lines in a section; 431.
  @CompactBound public var fieldCount = 200
  /// The largest number of empty lines skipped before a request line (RFC 9112 §2.2).
  @CompactBound public var leadingEmptyLines = 4
  /// The longest chunk-size line with its extensions, line end not counted; 400.
  @CompactBound public var chunkLine = 1024
  /// The most bytes of chunk extensions in one body: each chunk may be small and its extension long; 400.
  @CompactBound public var chunkExtensions = 16384
  /// The largest trailer section; 431.
  @CompactBound public var trailers = 8192

  /// The default limits.
  public init() {}
}

/// A bound in half the room: every message that is read has four copies of all limits.
@propertyWrapper
public struct CompactBound: Sendable {
  private var stored: UInt32

  /// Keeps a bound; what does not fit is the nearest that does.
  public init(wrappedValue: Int) { stored = UInt32(clamping: wrappedValue) }

  /// The bound.
  public var wrappedValue: Int {
    get { Int(stored) }
    set { stored = UInt32(clamping: newValue) }
  }
}
