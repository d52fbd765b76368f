import CLinux
import Glibc

/// State that outlives a reload: bytes by key, in memory that the supervisor makes and every process of the gateway maps.
///
/// The memory has a fixed size. It is cut into shards, each with a lock of its own; a key is in the shard that its hash
/// names. Keys belong to a namespace, which is a plugin's name. Two things are promised of processes that end or err:
///
/// - A process may be killed at any instruction. Whoever takes a lock from a dead process puts the shard in order first; each
///   write has one instruction before which nothing of it is there, and after which it is.
/// - A process may write anything anywhere. Nothing that was read from the memory is believed: numbers are loaded once
///   and checked before they are used, so that what others scribble costs entries, never a process.
///
/// Times are those of the caller: nanoseconds of the monotonic clock, which all processes share.
///
/// Safety: the memory is mapped as long as the store lives, and every address is made by ``Shard`` from checked numbers. It may
/// be used from any thread: everything in it is read and written under the locks.
@safe public final class SharedStore: @unchecked Sendable {
  /// The largest key, in bytes; the smallest has one.
  public static let maximumKeyLength = 256
  /// The largest value, in bytes.
  public static let maximumValueLength = 65536
  /// For `expecting`: there is no entry.
  public static let absent: UInt64 = 0
  /// For `expecting`: whatever there is.
  public static let anything = UInt64.max

  let shared: OpaquePointer
  let memory: UnsafeMutablePointer<UInt8>
  let geometry: SharedStoreGeometry
  private let hash: KeyHash

  /// Makes the memory of a store; nobody needs to have attached to it.
  /// - Parameters:
  ///   - bytes: its size; pages of it are taken from the system when they are first written.
  ///   - share: how much of it one namespace may use, in percent.
  /// - Returns: its descriptor, close-on-exec; the caller's.
  public static func create(bytes: Int = 32 << 20, share: Int = 75) throws(SharedStoreError) -> Int32 {
    guard let geometry = SharedStoreGeometry(bytes: bytes, share: share) else {
      throw SharedStoreError("a store of \(bytes) bytes: it takes between 1 MiB and 64 GiB")
    }
    let descriptor = unsafe clinux_shared_create("torii-shared", geometry.bytes)
    guard descriptor >= 0 else { throw SharedStoreError(errno: errno, "memfd_create") }
    var random = SystemRandomNumberGenerator()
    let words = geometry.words + [random.next() as UInt64, random.next() as UInt64]
    let written = unsafe words.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    guard written == words.count * 8 else {
      let error = SharedStoreError(errno: errno, "pwrite")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// Maps a store that ``create(bytes:share:)`` made, in this process or in another.
  /// - Parameter descriptor: stays the caller's, and open as long as the store lives. No other descriptor of the same
  ///   memory may be closed meanwhile in this process: the others would take it for dead (fcntl(2), record locks).
  public init(descriptor: Int32) throws(SharedStoreError) {
    var words = [UInt64](repeating: 0, count: SharedStoreGeometry.wordCount + 2)
    let size = words.count * 8
    guard unsafe words.withUnsafeMutableBytes({ unsafe pread(descriptor, $0.baseAddress, size, 0) }) == size else {
      throw SharedStoreError("descriptor \(descriptor) is not a store")
    }
    var state = stat()
    guard let geometry = SharedStoreGeometry(words: words), unsafe fstat(descriptor, &state) == 0,
      Int(state.st_size) == geometry.bytes
    else { throw SharedStoreError("descriptor \(descriptor) is not a store of this version") }
    guard
      let shared = unsafe clinux_shared_attach(
        descriptor, UInt32(geometry.shardCount) + 1, SharedStoreGeometry.tokenOffset)
    else { throw SharedStoreError(errno: errno, "attaching to the store") }
    unsafe self.shared = shared
    unsafe memory = clinux_shared_memory(shared)
    self.geometry = geometry
    hash = KeyHash(words[SharedStoreGeometry.wordCount], words[SharedStoreGeometry.wordCount + 1])
  }

  deinit { unsafe clinux_shared_detach(shared) }

  // MARK: Operations

  /// Copies a value out.
  /// - Parameters:
  ///   - buffer: gets the value when it is large enough, and else nothing (`tooLarge`).
  ///   - now: nanoseconds of the monotonic clock.
  ///   - entry: gets size, revision and end of life of what was found, `tooLarge` or not; all zero when there is none.
  /// - Returns: `done`, `absent`, `tooLarge`, `invalid` or `unavailable`.
  public func get(
    _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer,
    now: UInt64, _ entry: inout SharedEntry
  ) -> SharedOutcome {
    entry = SharedEntry()
    return unsafe onKey(namespace, key) { shard, hash throws(ShardFault) in
      guard let (_, head) = unsafe try shard.findLiving(hash, namespace, key, now) else {
        shard.count(.misses, namespace)
        return .absent
      }
      shard.count(.hits, namespace)
      entry = SharedEntry(head)
      guard head.valueLength <= buffer.count else { return .tooLarge }
      unsafe try shard.copyValue(of: head, to: buffer)
      return .done
    }
  }

  /// Sets a value: whatever was there, only where nothing was, or only in place of what the caller has seen.
  /// - Parameters:
  ///   - expecting: ``anything``, ``absent``, or the revision of the entry that is to be replaced.
  ///   - lifetime: milliseconds; 0: until it is replaced or removed.
  ///   - entry: gets what is now there; with `stale` what is there instead of the expected.
  /// - Returns: `done`, `stale`, `full`, `invalid` or `unavailable`.
  public func put(
    _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer,
    expecting: UInt64 = SharedStore.anything, lifetime: UInt64, now: UInt64, _ entry: inout SharedEntry
  ) -> SharedOutcome {
    entry = SharedEntry()
    guard value.count <= Self.maximumValueLength else { return .full }
    return unsafe onKey(namespace, key) { shard, hash throws(ShardFault) in
      try shard.sweepSome(now)
      let old = unsafe try shard.findLiving(hash, namespace, key, now)
      guard expecting == Self.anything || expecting == old?.head.revision ?? Self.absent else {
        if let old { entry = SharedEntry(old.head) }
        return .stale
      }
      guard
        let made = unsafe try shard.replace(
          old, hash, namespace, key, value, expires: Self.end(lifetime, now), now: now)
      else {
        shard.count(.refused, namespace)
        return .full
      }
      entry = made
      return .done
    }
  }

  /// Removes an entry.
  /// - Parameter expecting: ``anything``, or the revision of the entry that is to be removed.
  /// - Returns: `done`, `absent`, `stale`, `invalid` or `unavailable`.
  public func remove(
    _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer, expecting: UInt64 = SharedStore.anything, now: UInt64
  ) -> SharedOutcome {
    unsafe onKey(namespace, key) { shard, hash throws(ShardFault) in
      guard let (link, head) = unsafe try shard.findLiving(hash, namespace, key, now) else { return .absent }
      guard expecting == Self.anything || expecting == head.revision else { return .stale }
      try shard.drop(link, head)
      return .done
    }
  }

  /// Adds to a number: a value of eight bytes, in the machine's order. One that is not there is 0.
  /// - Parameters:
  ///   - lifetime: milliseconds from the moment at which it is made; an addition to one that is there does not prolong it.
  ///   - sum: gets the number after the addition.
  ///   - entry: gets what is now there.
  /// - Returns: `done`, `full`, `notNumber`, `overflow`, `invalid` or `unavailable`; but for the first nothing changes.
  public func add(
    _ addend: Int64, _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer, lifetime: UInt64, now: UInt64,
    _ sum: inout Int64, _ entry: inout SharedEntry
  ) -> SharedOutcome {
    entry = SharedEntry()
    return unsafe onKey(namespace, key) { shard, hash throws(ShardFault) in
      if let (_, head) = unsafe try shard.findLiving(hash, namespace, key, now) {
        guard head.valueLength == 8 else { return .notNumber }
        let (result, overflow) = Int64(bitPattern: head.number).addingReportingOverflow(addend)
        guard !overflow else { return .overflow }
        entry = shard.setNumber(of: head, UInt64(bitPattern: result))
        sum = result
        return .done
      }
      try shard.sweepSome(now)
      let made = unsafe try withUnsafeBytes(of: addend) { bytes throws(ShardFault) in
        unsafe try shard.replace(nil, hash, namespace, key, bytes, expires: Self.end(lifetime, now), now: now)
      }
      guard let made else {
        shard.count(.refused, namespace)
        return .full
      }
      entry = made
      sum = addend
      return .done
    }
  }

  // MARK: Shards

  /// When a life of `lifetime` milliseconds ends; 0 when it does not.
  private static func end(_ lifetime: UInt64, _ now: UInt64) -> UInt64 {
    guard lifetime != 0 else { return 0 }
    let (length, tooLong) = lifetime.multipliedReportingOverflow(by: 1_000_000)
    let (end, tooLate) = now.addingReportingOverflow(length)
    return tooLong || tooLate ? 0 : max(end, 1)
  }

  private func onKey(
    _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer,
    _ body: (Shard, UInt64) throws(ShardFault) -> SharedOutcome
  ) -> SharedOutcome {
    guard (1...Self.maximumKeyLength).contains(key.count), namespace.index < SharedStoreGeometry.namespaceCount else {
      return .invalid
    }
    let hash = unsafe self.hash(namespace, key)
    // The upper half picks the shard, the lower one the bucket in it.
    return onShard(Int(truncatingIfNeeded: hash >> 32) & (geometry.shardCount - 1)) { shard throws(ShardFault) in
      try body(shard, hash)
    } ?? .unavailable
  }

  /// Runs `body` under the lock of a shard, which is put in order first when its last owner died, and when `body` finds a
  /// fault; `nil` when the lock cannot be had, or there is a fault still.
  func onShard<Result>(_ index: Int, _ body: (Shard) throws(ShardFault) -> Result) -> Result? {
    let base = unsafe memory + geometry.shardOffset(index)
    let shard = unsafe Shard(base: base, geometry)
    let lock = unsafe UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt32.self)
    let state = unsafe clinux_shared_lock(shared, UInt32(index), lock)
    guard state != CLINUX_SHARED_BUSY else { return nil }
    defer { unsafe clinux_shared_unlock(shared, UInt32(index), lock) }
    if state == CLINUX_SHARED_INHERITED { shard.rebuild() }
    do throws(ShardFault) { return try body(shard) } catch { shard.rebuild() }
    do throws(ShardFault) { return try body(shard) } catch { return nil }
  }
}
