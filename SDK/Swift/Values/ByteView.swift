/// Bytes of the host's: a header's value, a piece of a body. Nothing is copied until you ask for it.
///
/// A view is valid until the callback in which it was got returns, or until the plugin changes the same thing (a header
/// map, a body) in that callback. Do not keep one: keep ``string`` or ``array``.
///
/// Safety: the host keeps the memory for that long (`torii/plugin.h`, Ownership), and every access is checked against
/// the bounds; that a view is not kept beyond it is for the plugin to see to.
@safe public struct ByteView {
  /// The bytes themselves, with the same lifetime.
  public let bytes: UnsafeRawBufferPointer

  /// Views memory that the caller keeps for as long as the view is used.
  @inlinable @inline(__always)
  public init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

  /// The view of nothing.
  @inlinable public static var empty: ByteView { unsafe ByteView(UnsafeRawBufferPointer(start: nil, count: 0)) }

  /// How many bytes there are.
  @inlinable public var count: Int { unsafe bytes.count }
  /// Whether there are none.
  @inlinable public var isEmpty: Bool { unsafe bytes.isEmpty }

  /// The byte at a place from 0, or `nil` past the end.
  @inlinable
  public subscript(_ place: Int) -> UInt8? {
    guard place >= 0, place < count else { return nil }
    return unsafe bytes[place]
  }

  /// A copy as text; what is not UTF-8 is replaced by U+FFFD.
  public var string: String { unsafe String(decoding: bytes, as: UTF8.self) }

  /// A copy.
  public var array: [UInt8] { unsafe Array(bytes) }

  /// Calls `body` with the bytes as a span.
  @inlinable
  public func withSpan<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Safe: the view is valid now, and the span cannot leave the closure.
    let typed = unsafe UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    return try unsafe body(typed.span)
  }

  /// Whether the bytes are exactly those of `text`.
  @inlinable
  public func equals(_ text: some ByteSource) -> Bool {
    unsafe text.withBytes { other in unsafe ByteComparison.areEqual(bytes, other) }
  }

  /// Whether the bytes are those of `text` when ASCII letters are compared without case.
  @inlinable
  public func equals(ignoringCase text: some ByteSource) -> Bool {
    unsafe text.withBytes { other in unsafe ByteComparison.areEqualIgnoringCase(bytes, other) }
  }

  /// Whether the bytes begin with those of `text`.
  @inlinable
  public func hasPrefix(_ text: some ByteSource) -> Bool {
    unsafe text.withBytes { other in
      unsafe other.count <= bytes.count
        && ByteComparison.areEqual(UnsafeRawBufferPointer(rebasing: bytes.prefix(other.count)), other)
    }
  }

  /// Whether a part of the bytes is `text` when ASCII letters are compared without case.
  @inlinable
  public func contains(ignoringCase text: some ByteSource) -> Bool {
    unsafe text.withBytes { other in unsafe ByteComparison.contains(bytes, other) }
  }
}

extension ByteView: Sequence {
  /// Goes through the bytes in order.
  @inlinable public func makeIterator() -> Iterator { Iterator(view: self) }
  /// How many bytes there are.
  @inlinable public var underestimatedCount: Int { count }

  /// Goes through the bytes in order.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let view: ByteView
    @usableFromInline var place = 0

    @inlinable init(view: ByteView) { self.view = view }

    /// The next byte, or `nil` past the last.
    @inlinable
    public mutating func next() -> UInt8? {
      guard let byte = view[place] else { return nil }
      place &+= 1
      return byte
    }
  }
}

extension ByteView: ByteSource {
  /// Gives the bytes.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { unsafe body(bytes) }
}

/// Comparing bytes.
///
/// Safety: indices stay below the counts, which are compared first.
@usableFromInline
enum ByteComparison {
  @usableFromInline
  static func areEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    unsafe left.elementsEqual(right)
  }

  @usableFromInline
  static func areEqualIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for place in 0..<left.count where unsafe small(left[place]) != small(right[place]) { return false }
    return true
  }

  @usableFromInline
  static func contains(_ bytes: UnsafeRawBufferPointer, _ part: UnsafeRawBufferPointer) -> Bool {
    guard part.count <= bytes.count else { return false }
    for start in 0...(bytes.count - part.count)
    where unsafe areEqualIgnoringCase(UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count]), part) {
      return true
    }
    return false
  }

  private static func small(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}
