import CToriiPlugin

/// Header fields that the host holds: read without copying, changed in place. Names are compared without case.
public struct HeaderMap: Sequence {
  @usableFromInline let request: Request
  @usableFromInline let map: UInt32

  init(request: Request, map: UInt32) {
    self.request = request
    self.map = map
  }

  /// The value of the field line of that name, or of the `index`-th (from 0) where there are several; `nil` when there
  /// is none.
  @inlinable
  public func get(_ name: some ByteSource, at index: Int = 0) -> ByteView? {
    unsafe name.withBytes { unsafe value(ofName: $0, index) }
  }

  /// The first value of a field, copied; `nil` when there is none.
  @inlinable
  public subscript(_ name: some ByteSource) -> String? { self.get(name)?.string }

  /// Whether a field of that name is there.
  @inlinable
  public func contains(_ name: some ByteSource) -> Bool { get(name) != nil }

  /// Replaces all fields of that name by one.
  ///
  /// - Throws: ``PluginStatus/invalid`` for a name that is no token, a value with CR, LF or NUL, or a field that frames the
  ///   message; ``PluginStatus/phase`` and ``PluginStatus/sent`` when it is too early or too late.
  @inlinable
  public func set(_ name: some ByteSource, _ value: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(
      name.withBytes { name in unsafe value.withBytes { unsafe change(name, $0, replacing: true) } })
  }

  /// Adds a field line; as ``set(_:_:)``.
  @inlinable
  public func add(_ name: some ByteSource, _ value: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(
      name.withBytes { name in unsafe value.withBytes { unsafe change(name, $0, replacing: false) } })
  }

  /// Removes all fields of that name.
  ///
  /// - Returns: whether there was one.
  @inlinable @discardableResult
  public func remove(_ name: some ByteSource) throws(PluginError) -> Bool {
    let status = unsafe name.withBytes { unsafe removal(ofName: $0) }
    if status == PluginStatus.notFound.rawValue { return false }
    try PluginError.check(status)
    return true
  }

  /// Goes through the field lines in order.
  public func makeIterator() -> Iterator { Iterator(map: self) }

  /// Goes through the field lines in order. Do not change the map on the way.
  public struct Iterator: IteratorProtocol {
    let map: HeaderMap
    var position: UInt32 = 0

    /// The next line, or `nil` past the last.
    public mutating func next() -> (name: ByteView, value: ByteView)? {
      guard let line = map.line(at: position) else { return nil }
      position += 1
      return line
    }
  }

  // MARK: Calls
  // Safety: the slices are of memory that outlives the call; what comes out is a view by the ABI's rules.

  @usableFromInline
  func value(ofName name: UnsafeRawBufferPointer, _ index: Int) -> ByteView? {
    guard let headers = unsafe request.tables.pointee.headers, let index = UInt32(exactly: index) else { return nil }
    var value = unsafe torii_slice()
    let status = unsafe headers.pointee.get?(
      request.tables.pointee.context, request.rawID, map, torii_slice(name), index, &value)
    return unsafe status == TORII_OK ? value.view : nil
  }

  private func line(at position: UInt32) -> (name: ByteView, value: ByteView)? {
    guard let headers = unsafe request.tables.pointee.headers else { return nil }
    var name = unsafe torii_slice()
    var value = unsafe torii_slice()
    let status = unsafe headers.pointee.at?(
      request.tables.pointee.context, request.rawID, map, position, &name, &value)
    return unsafe status == TORII_OK ? (name.view, value.view) : nil
  }

  @usableFromInline
  func change(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, replacing: Bool) -> Int32 {
    guard let headers = unsafe request.tables.pointee.headers else { return TORII_E_UNSUPPORTED }
    let function = unsafe replacing ? headers.pointee.set : headers.pointee.add
    return unsafe function?(
      request.tables.pointee.context, request.rawID, map, torii_slice(name), torii_slice(value)) ?? TORII_E_UNSUPPORTED
  }

  @usableFromInline
  func removal(ofName name: UnsafeRawBufferPointer) -> Int32 {
    guard let headers = unsafe request.tables.pointee.headers else { return TORII_E_UNSUPPORTED }
    return unsafe headers.pointee.remove?(
      request.tables.pointee.context, request.rawID, map, torii_slice(name)) ?? TORII_E_UNSUPPORTED
  }
}
