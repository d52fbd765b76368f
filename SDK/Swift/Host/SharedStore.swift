import CToriiPlugin

/// `torii.shared/1`: bytes by key that the gateway keeps, that all workers see, and that outlive reloads and the death of
/// workers, though not the gateway. The keys are this plugin's own, whatever its version and instance.
///
/// ```swift
/// let visits = try instance.shared.add(1, to: "visits/1")
/// ```
///
/// A key has 1 to 256 bytes, a value at most 64 KiB. Each call is atomic and may be made from any thread. All of them throw
/// ``PluginStatus/unsupported`` where the host has no store (a gateway of ABI 1.0, or while inspecting) and
/// ``PluginStatus/failed`` when another process holds it up: then do what is done without. Let the key contain the number
/// of the value's format: an older build of the plugin and a newer one run side by side during a reload.
///
/// Safety: `tables` lives as long as the process (``HostTables``); slices are of values that live in the closures.
@safe public struct SharedStore: @unchecked Sendable {
  private let tables: UnsafePointer<HostTables>
  private let instance: torii_instance_id

  init(_ tables: UnsafePointer<HostTables>, _ instance: torii_instance_id) {
    unsafe self.tables = tables
    self.instance = instance
  }

  /// The value of a key, or `nil` when there is none or its lifetime is over.
  public func value(of key: some ByteSource) throws(PluginError) -> SharedValue? {
    let get = try unsafe table().pointee.get
    var entry = Self.emptyEntry
    var bytes: [UInt8] = []
    var status = TORII_OK
    // Most values are small. A larger one is asked for once more, and again if it has grown since.
    var capacity = 256
    for _ in 0..<8 {
      bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        status = unsafe key.withBytes { key in
          unsafe get?(tables.pointee.context, instance, torii_slice(key), buffer.baseAddress, capacity, &entry)
            ?? TORII_E_UNSUPPORTED
        }
        count = status == TORII_OK ? min(Int(clamping: entry.size), capacity) : 0
      }
      guard status == TORII_E_LIMIT else { break }
      capacity = Int(clamping: entry.size)
    }
    if status == TORII_E_NOT_FOUND { return nil }
    try PluginError.check(status)
    return SharedValue(bytes: bytes, revision: entry.revision, expires: entry.expires)
  }

  /// Sets the value of a key.
  ///
  /// - Parameters:
  ///   - lifetime: milliseconds; 0: until it is replaced or removed. Memory is limited: give one to whatever need not stay.
  ///   - revision: only in place of the value of this ``SharedValue/revision``, 0 being none; `nil`: whatever is there.
  /// - Returns: whether it was set: false when what is there is not of that revision. Read it and try again.
  /// - Throws: ``PluginStatus/limit`` when the value is over 64 KiB, or the plugin's share of the memory is used up.
  @discardableResult
  public func set(
    _ key: some ByteSource, to value: some ByteSource, lifetime: UInt64 = 0, expecting revision: UInt64? = nil
  ) throws(PluginError) -> Bool {
    let put = try unsafe table().pointee.put
    let status = unsafe key.withBytes { key in
      unsafe value.withBytes { value in
        unsafe Self.withRevision(revision) { expected in
          unsafe put?(tables.pointee.context, instance, torii_slice(key), torii_slice(value), lifetime, expected, nil)
            ?? TORII_E_UNSUPPORTED
        }
      }
    }
    if status == TORII_E_STALE { return false }
    try PluginError.check(status)
    return true
  }

  /// Removes a key.
  ///
  /// - Parameter revision: as in ``set(_:to:lifetime:expecting:)``.
  /// - Returns: whether it was there, and of that revision.
  @discardableResult
  public func remove(_ key: some ByteSource, expecting revision: UInt64? = nil) throws(PluginError) -> Bool {
    let remove = try unsafe table().pointee.remove
    let status = unsafe key.withBytes { key in
      unsafe Self.withRevision(revision) { expected in
        unsafe remove?(tables.pointee.context, instance, torii_slice(key), expected) ?? TORII_E_UNSUPPORTED
      }
    }
    if status == TORII_E_STALE || status == TORII_E_NOT_FOUND { return false }
    try PluginError.check(status)
    return true
  }

  /// Adds to a number; one that is not there is 0.
  ///
  /// - Parameter lifetime: milliseconds, of a number that is not there yet; 0: until it is replaced or removed. One that is
  ///   there keeps its end.
  /// - Returns: the sum.
  /// - Throws: ``PluginStatus/limit`` when there is no room or the sum would not fit; ``PluginStatus/invalid`` when the value
  ///   is no number.
  @discardableResult
  public func add(_ addend: Int64, to key: some ByteSource, lifetime: UInt64 = 0) throws(PluginError) -> Int64 {
    let add = try unsafe table().pointee.add
    var sum: Int64 = 0
    try PluginError.check(
      unsafe key.withBytes { key in
        unsafe add?(tables.pointee.context, instance, torii_slice(key), addend, lifetime, &sum, nil)
          ?? TORII_E_UNSUPPORTED
      })
    return sum
  }

  private func table() throws(PluginError) -> UnsafePointer<torii_shared_interface> {
    guard let table = unsafe tables.pointee.shared else {
      throw PluginError(.unsupported, "the host has no torii.shared/1")
    }
    return unsafe table
  }

  private static var emptyEntry: torii_shared_entry {
    torii_shared_entry(
      struct_size: UInt32(MemoryLayout<torii_shared_entry>.size), reserved: 0, size: 0, revision: 0, expires: 0)
  }

  private static func withRevision(_ revision: UInt64?, _ body: (UnsafePointer<UInt64>?) -> Int32) -> Int32 {
    guard let revision else { return body(nil) }
    return unsafe withUnsafePointer(to: revision) { unsafe body($0) }
  }
}

/// A value of the ``SharedStore``, as it was when it was read.
public struct SharedValue: Sendable, Equatable {
  /// The value.
  public let bytes: [UInt8]
  /// Another with every write, and never that of an earlier value of this key; never 0.
  public let revision: UInt64
  /// When its lifetime is over, in nanoseconds of ``Host/monotonicTime``; 0: never.
  public let expires: UInt64

  /// Makes a value: for tests.
  public init(bytes: [UInt8], revision: UInt64, expires: UInt64 = 0) {
    self.bytes = bytes
    self.revision = revision
    self.expires = expires
  }

  /// The value as text; what is not UTF-8 is replaced by U+FFFD.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The value as the number that ``SharedStore/add(_:to:lifetime:)`` keeps; `nil` when it is not of eight bytes.
  public var number: Int64? {
    guard bytes.count == 8 else { return nil }
    var bits: UInt64 = 0
    // In the machine's order, which is little-endian on all that the gateway runs on.
    for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
    return Int64(bitPattern: UInt64(littleEndian: bits))
  }
}
