import CLinux

/// The keys of one plugin: its place in the table of namespaces.
public struct SharedNamespace: Sendable, Equatable {
  let index: UInt8
}

extension SharedStore {
  /// The longest name, in bytes.
  public static let maximumNameLength = 63

  /// The namespace of that name, which is made when there is none.
  /// - Returns: `nil` when the name is empty or too long, or there are 64 namespaces already.
  public func namespace(_ name: String) -> SharedNamespace? {
    let bytes = Array(name.utf8)
    guard (1...Self.maximumNameLength).contains(bytes.count) else { return nil }
    // Places are never given back: what was found without the lock stays true.
    if let found = place(of: bytes) { return found }
    let lock = unsafe UnsafeMutableRawPointer(memory + SharedStoreGeometry.namespaceLockOffset)
      .assumingMemoryBound(to: UInt32.self)
    let index = UInt32(geometry.shardCount)
    // Nothing is to be put in order when its owner died: a place is taken with the store of the length.
    guard unsafe clinux_shared_lock(shared, index, lock) != CLINUX_SHARED_BUSY else { return nil }
    defer { unsafe clinux_shared_unlock(shared, index, lock) }
    if let found = place(of: bytes) { return found }
    guard let free = (0..<SharedStoreGeometry.namespaceCount).first(where: { self.name(at: $0) == nil }) else {
      return nil
    }
    let at = unsafe memory + offset(of: free)
    for (index, byte) in bytes.enumerated() { unsafe clinux_shared_store8(at + 4 + index, byte) }
    unsafe clinux_shared_store32(at, UInt32(bytes.count))
    return SharedNamespace(index: UInt8(free))
  }

  /// All namespaces with their names.
  var namespaces: [(SharedNamespace, String)] {
    (0..<SharedStoreGeometry.namespaceCount).compactMap { index in
      name(at: index).map { (SharedNamespace(index: UInt8(index)), String(decoding: $0, as: UTF8.self)) }
    }
  }

  private func place(of bytes: [UInt8]) -> SharedNamespace? {
    (0..<SharedStoreGeometry.namespaceCount).first { name(at: $0) == bytes }.map { SharedNamespace(index: UInt8($0)) }
  }

  private func offset(of index: Int) -> Int {
    SharedStoreGeometry.namespacesOffset + index * SharedStoreGeometry.namespaceSize
  }

  /// The name at a place; `nil` when it is free, or its length is none.
  ///
  /// Safety: the index is below `namespaceCount`, and no name is longer than a place.
  private func name(at index: Int) -> [UInt8]? {
    let at = unsafe memory + offset(of: index)
    let length = unsafe Int(clinux_shared_load32(at))
    guard (1...Self.maximumNameLength).contains(length) else { return nil }
    return (0..<length).map { unsafe clinux_shared_load8(at + 4 + $0) }
  }
}
