import CToriiPlugin

extension torii_slice {
  /// The slice of bytes that stay where they are for as long as the slice is used.
  @usableFromInline @inline(__always)
  init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.init(data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
  }

  /// The slice's bytes as a view, with the slice's lifetime.
  @usableFromInline @inline(__always)
  var view: ByteView {
    guard let data = unsafe data else { return .empty }
    return unsafe ByteView(UnsafeRawBufferPointer(start: data, count: size))
  }
}
