/// Reads JSON message bodies (RFC 8259) without copying them: notes on a tape where each value begins and ends.
///
/// A reader is made once and used for many texts; it keeps the tape's memory, so that reading allocates nothing once
/// the tape has grown to the size that the texts need. Reading checks everything: the grammar, escapes, numbers, UTF-8,
/// the depth of nesting, and that nothing follows the value. A byte order mark at the start is passed over.
/// Member names may repeat (RFC 8259 §4); ``JSONValue/subscript(_:)`` finds the first.
///
/// A reader is not thread safe.
@safe
public final class JSONReader {
  /// How many arrays and objects may stand within each other.
  public let maximumDepth: Int

  /// What this reader need not read again; `nil` for a reader that reads everything.
  public var memory: JSONMemory?

  // The tape: words that this object owns, of which `tapeCapacity` may be written. Values point into it;
  // it moves only while reading, when no value of an earlier text may be in use.
  private(set) var tape: UnsafeMutablePointer<UInt64>
  private(set) var tapeCapacity: Int

  /// From which length on a scalar, and beyond which number of items a container, is noted as saturated.
  let longestShort: UInt64

  /// Makes a reader.
  public convenience init(maximumDepth: Int = 512) {
    self.init(maximumDepth: maximumDepth, longestShort: JSONTape.saturated)
  }

  /// Makes a reader that notes values as it would much longer ones, so that tests need no such texts.
  init(maximumDepth: Int = 512, longestShort: UInt64) {
    self.maximumDepth = maximumDepth
    self.longestShort = longestShort
    tapeCapacity = 64
    unsafe tape = .allocate(capacity: 64)
  }

  deinit { unsafe tape.deallocate() }

  /// Reads a text and returns its value.
  ///
  /// The value, and all that is reached from it, points into `text` and into this reader. It may be used only while
  /// `text` stays alive and unchanged, this reader is alive (keep it in a property or use ``withValue(of:_:)``: Swift may release a
  /// local variable after its last use), and no other text has been given to it.
  ///
  /// - Throws: what is wrong with the text, and where. Texts of 4 GiB and more are refused.
  public func parse(_ text: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSONValue {
    do {
      try unsafe buildTape(text)
    } catch {
      throw unsafe JSONSyntaxError(error, in: text, maximumDepth: maximumDepth)
    }
    // A text that was read is not empty, so that it has a base address.
    return unsafe JSONValue(text: text.baseAddress ?? UnsafeRawPointer(tape), entry: UnsafePointer(tape))
  }

  /// Reads a text and gives its value to `body`, beyond which the value must not be used.
  public func withValue<Result>(of text: [UInt8], _ body: (JSONValue) throws -> Result) throws -> Result {
    try unsafe text.withUnsafeBytes { text in
      let value = try unsafe parse(text)
      return try withExtendedLifetime(self) { try body(value) }
    }
  }

  /// Gives memory back if the tape has grown beyond `capacity` bytes, as after an unusually large text.
  /// Values read before must not be used any more.
  public func releaseMemory(beyond capacity: Int) {
    let words = Swift.max(capacity / 8, 64)
    guard tapeCapacity > words else { return }
    unsafe tape.deallocate()
    unsafe tape = .allocate(capacity: words)
    tapeCapacity = words
  }

  /// Doubles the tape, keeping its first `count` words.
  @inline(never)
  func growTape(keeping count: Int) {
    let capacity = tapeCapacity * 2
    let grown = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    unsafe grown.update(from: tape, count: count)
    unsafe tape.deallocate()
    unsafe tape = unsafe grown
    tapeCapacity = capacity
  }
}
