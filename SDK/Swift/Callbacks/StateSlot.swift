/// Where a ``RequestState`` lies in the request's bytes: behind 16 bytes, the first of which says that it was made.
///
/// Safety: the host gives `size` bytes aligned to 16 for each request and instance, zeroed when the request began, and
/// hands the same ones to every callback of it.
enum StateSlot<State: RequestState> {
  /// Bytes to ask the host for; 0 for a state without bytes.
  static var size: UInt32 {
    MemoryLayout<State>.size == 0 ? 0 : UInt32(clamping: 16 + MemoryLayout<State>.size)
  }

  /// Whether the host can give what the state needs.
  static var fits: Bool { size <= 65536 && MemoryLayout<State>.alignment <= 16 }

  /// The state, made if this is the first callback of the request; `nil` when the host gave no bytes for it.
  ///
  /// - Parameter isEmpty: whether ``size`` is 0; asked of the caller, because computing it anew takes longer than all else.
  @inline(__always)
  static func state(_ bytes: UnsafeMutableRawPointer?, isEmpty: Bool) -> UnsafeMutablePointer<State>? {
    // A value without bytes may lie at any aligned address.
    if isEmpty { return unsafe UnsafeMutablePointer(bitPattern: 16) }
    guard let bytes = unsafe bytes else { return nil }
    if unsafe bytes.load(as: UInt8.self) == 0 { unsafe make(bytes) }
    return unsafe (bytes + 16).assumingMemoryBound(to: State.self)
  }

  @inline(never)
  private static func make(_ bytes: UnsafeMutableRawPointer) {
    unsafe (bytes + 16).assumingMemoryBound(to: State.self).initialize(to: State())
    unsafe bytes.storeBytes(of: 1, as: UInt8.self)
  }

  /// Destroys the state if it was made.
  static func destroy(_ bytes: UnsafeMutableRawPointer?) {
    guard MemoryLayout<State>.size != 0, let bytes = unsafe bytes, unsafe bytes.load(as: UInt8.self) != 0 else {
      return
    }
    unsafe bytes.storeBytes(of: 0, as: UInt8.self)
    unsafe (bytes + 16).assumingMemoryBound(to: State.self).deinitialize(count: 1)
  }
}
