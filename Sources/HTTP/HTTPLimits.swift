/// How much a message may make its recipient hold or do. Sizes are in bytes.
public struct HTTPLimits: Sendable {
  /// The longest request or status line, line end not counted. A request line that is longer is answered 414.
  public var requestLine = 8192
  /// The longest field line, line end not counted; 431.
  public var fieldLine = 16384
  /// The largest head, from its first byte to the end of the empty line that closes it; 431. At most 1 GiB is honoured.
  public var head = 65536
  /// The largest number of field lines in a section; 431.
  public var fieldCount = 200
  /// The largest number of empty lines skipped before a request line (RFC 9112 §2.2).
  public var leadingEmptyLines = 4
  /// The longest chunk-size line with its extensions, line end not counted; 400.
  public var chunkLine = 1024
  /// The most bytes of chunk extensions in one body: each chunk may be small and its extension long; 400.
  public var chunkExtensions = 16384
  /// The largest trailer section; 431.
  public var trailers = 8192

  /// The default limits.
  public init() {}
}
