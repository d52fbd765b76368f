import CToriiPlugin

/// A piece of a body as it lies in memory: some parts, and whether it is the last. Valid until the callback returns.
///
/// Safety: the host keeps `parts` and what they point to until the callback returns; indices stay below `partCount`.
@safe public struct BodyPiece: Sequence {
  private let parts: UnsafePointer<torii_slice>?
  private let flags: UInt32
  /// How many parts there are; may be 0.
  public let partCount: Int

  init(_ arguments: UnsafePointer<torii_body_args>) {
    unsafe parts = arguments.pointee.parts
    unsafe flags = arguments.pointee.flags
    partCount = unsafe arguments.pointee.parts == nil ? 0 : Int(arguments.pointee.part_count)
  }

  /// Nothing follows: this is the last call for this body.
  public var isLast: Bool { flags & 1 != 0 }
  /// ``BodyMode/whole`` only: the limit was exceeded and there are no bytes. The plugin may respond; if it does not, a
  /// request is answered with 413, a response with 502.
  public var isTooLarge: Bool { flags & 2 != 0 }
  /// Body filter, with ``isLast``: the upstream broke off. After ``Action/end`` the body is ended in order, otherwise the
  /// connection is cut so that the client sees that something is missing.
  public var isIncomplete: Bool { flags & 4 != 0 }

  /// How many bytes there are in all parts.
  public var count: Int {
    var count = 0
    for part in self { count += part.count }
    return count
  }

  /// The part at a place from 0, or `nil` past the last.
  public subscript(_ place: Int) -> ByteView? {
    guard let parts = unsafe parts, place >= 0, place < partCount else { return nil }
    return unsafe parts[place].view
  }

  /// Appends a copy of all bytes.
  public func append(to bytes: inout [UInt8]) {
    for part in self { unsafe bytes.append(contentsOf: part.bytes) }
  }

  /// Calls `body` with all bytes in one run of memory: the only part itself, or a copy of several.
  public func withContiguousBytes<Result, Failure: Error>(
    _ body: (ByteView) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if partCount <= 1 { return try body(self[0] ?? .empty) }
    var copy: [UInt8] = []
    copy.reserveCapacity(count)
    append(to: &copy)
    let box = unsafe copy.withUnsafeBytes { bytes in
      do throws(Failure) {
        return try Swift.Result<Result, Failure>.success(body(unsafe ByteView(bytes)))
      } catch {
        return .failure(error)
      }
    }
    return try box.get()
  }

  /// Goes through the parts in order.
  public func makeIterator() -> Iterator { Iterator(piece: self) }

  /// Goes through the parts in order.
  public struct Iterator: IteratorProtocol {
    let piece: BodyPiece
    var place = 0

    /// The next part, or `nil` past the last.
    public mutating func next() -> ByteView? {
      guard let part = piece[place] else { return nil }
      place += 1
      return part
    }
  }
}
