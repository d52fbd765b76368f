/// What can be given to the host as bytes: string literals, `String`, `[UInt8]`, views of the host's own. The host copies
/// what it is given before the call returns.
public protocol ByteSource {
  /// Calls `body` with the bytes as they lie in memory.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension StaticString: ByteSource {
  /// Gives the text's UTF-8.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Safe: the buffer is of the constant itself and is used in the closure only.
    withUTF8Buffer { unsafe body(UnsafeRawBufferPointer($0)) }
  }
}

extension String: ByteSource {
  /// Gives the text's UTF-8.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Safe: the buffer is used in the closure only. Native strings lie in memory as UTF-8; others do not exist on Linux.
    unsafe utf8.withContiguousStorageIfAvailable { unsafe body(UnsafeRawBufferPointer($0)) }
      ?? Array(utf8).withBytes(body)
  }
}

extension Substring: ByteSource {
  /// Gives the text's UTF-8.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Safe: as for String.
    unsafe utf8.withContiguousStorageIfAvailable { unsafe body(UnsafeRawBufferPointer($0)) }
      ?? Array(utf8).withBytes(body)
  }
}

extension [UInt8]: ByteSource {
  /// Gives the elements.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Safe: the buffer is used in the closure only.
    unsafe withUnsafeBytes { unsafe body($0) }
  }
}

extension ArraySlice<UInt8>: ByteSource {
  /// Gives the elements.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // Safe: the buffer is used in the closure only.
    unsafe withUnsafeBytes { unsafe body($0) }
  }
}

extension UnsafeRawBufferPointer: @unsafe ByteSource {
  /// Gives itself.
  @inlinable
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { unsafe body(self) }
}
