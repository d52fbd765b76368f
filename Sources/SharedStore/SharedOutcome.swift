import Glibc

/// What an operation on a ``SharedStore`` came to.
public enum SharedOutcome: Sendable {
  /// It was done.
  case done
  /// There is no such entry, or it has expired.
  case absent
  /// The entry is not the one that was expected; nothing was changed.
  case stale
  /// The value is larger than the caller's buffer.
  case tooLarge
  /// The value is larger than ``SharedStore/maximumValueLength``, there is no room, or the namespace has used up its share.
  case full
  /// The key is empty or longer than ``SharedStore/maximumKeyLength``.
  case invalid
  /// The value is not of eight bytes.
  case notNumber
  /// The sum would not fit.
  case overflow
  /// A process that is stopped holds the lock, or somebody writes into the memory.
  case unavailable
}

/// What is known of an entry.
public struct SharedEntry: Sendable, Equatable {
  /// Bytes of the value.
  public var size = 0
  /// Changes with every write; never that of an earlier entry with the same key. 0: there is none.
  public var revision: UInt64 = 0
  /// Nanoseconds of the monotonic clock at which the entry expires; 0: never.
  public var expires: UInt64 = 0

  /// No entry.
  public init() {}

  init(_ head: EntryHead) {
    size = head.valueLength
    revision = head.revision
    expires = head.expires
  }
}

/// Why there is no store.
public struct SharedStoreError: Error, Sendable, CustomStringConvertible {
  /// What happened.
  public let description: String

  init(_ description: String) { self.description = description }

  init(errno code: Int32, _ what: String) { self.init("\(what): \(unsafe String(cString: strerror(code)))") }
}
