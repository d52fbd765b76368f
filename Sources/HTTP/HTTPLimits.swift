/// How much a message may make its recipient hold or do. Sizes are in bytes.
public struct HTTPLimits: Sendable {
  // Every message that is read has four copies of these: they are kept small.
  private var requestLineBound: UInt32 = 8192
  private var fieldLineBound: UInt32 = 16384
  private var headBound: UInt32 = 65536
  private var fieldCountBound: UInt32 = 200
  private var leadingEmptyLinesBound: UInt32 = 4
  private var chunkLineBound: UInt32 = 1024
  private var chunkExtensionsBound: UInt32 = 16384
  private var trailersBound: UInt32 = 8192

  /// The longest request or status line, line end not counted. A request line that is longer is answered 414.
  public var requestLine: Int {
    get { Int(requestLineBound) }
    set { requestLineBound = UInt32(clamping: newValue) }
  }
  /// The longest field line, line end not counted; 431.
  public var fieldLine: Int {
    get { Int(fieldLineBound) }
    set { fieldLineBound = UInt32(clamping: newValue) }
  }
  /// The largest head, from its first byte to the end of the empty line that closes it; 431. At most 1 GiB is honoured.
  public var head: Int {
    get { Int(headBound) }
    set { headBound = UInt32(clamping: newValue) }
  }
  /// The largest number of field lines in a section; 431.
  public var fieldCount: Int {
    get { Int(fieldCountBound) }
    set { fieldCountBound = UInt32(clamping: newValue) }
  }
  /// The largest number of empty lines skipped before a request line (RFC 9112 §2.2).
  public var leadingEmptyLines: Int {
    get { Int(leadingEmptyLinesBound) }
    set { leadingEmptyLinesBound = UInt32(clamping: newValue) }
  }
  /// The longest chunk-size line with its extensions, line end not counted; 400.
  public var chunkLine: Int {
    get { Int(chunkLineBound) }
    set { chunkLineBound = UInt32(clamping: newValue) }
  }
  /// The most bytes of chunk extensions in one body: each chunk may be small and its extension long; 400.
  public var chunkExtensions: Int {
    get { Int(chunkExtensionsBound) }
    set { chunkExtensionsBound = UInt32(clamping: newValue) }
  }
  /// The largest trailer section; 431.
  public var trailers: Int {
    get { Int(trailersBound) }
    set { trailersBound = UInt32(clamping: newValue) }
  }

  /// The default limits.
  public init() {}
}
