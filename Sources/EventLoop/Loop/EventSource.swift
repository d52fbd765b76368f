/// Something with a file descriptor that an `EventLoop` tells about readiness: a connection, a listener, a signal descriptor.
///
/// Subclass it and override `ready(_:)`. The source owns its descriptor in name only: `EventLoop.close(_:)` closes it,
/// and dropping the last reference does not. The loop keeps a registered source alive.
open class EventSource {
  /// The descriptor; -1 once closed.
  @inlinable
  public final var descriptor: Int32 { unsafe currentDescriptor }

  // Exclusivity is not checked: both are read and written in one go, on the loop's thread.
  @exclusivity(unchecked)
  @usableFromInline
  final var currentDescriptor: Int32

  /// Where the loop keeps this source while it is registered.
  final var registration = Registration.none

  /// Makes a source for an open, non-blocking descriptor. It hears nothing before `EventLoop.register(_:interest:)`.
  public init(descriptor: Int32) {
    unsafe currentDescriptor = descriptor
  }

  /// Called on the loop's thread when something became possible.
  ///
  /// With `Interest.readWriteEdge` each change is told once: read or write until it would block. On a plain socket a
  /// read shorter than asked for also means that there is no more for now (unless `peerClosed` or `hangup` is set);
  /// with TLS it does not.
  open func ready(_ events: Events) {}

  /// Whether the loop knows this source.
  public final var isRegistered: Bool { registration.slot != Registration.none.slot }
}

/// A source's place in the loop's table.
struct Registration {
  /// The index of the slot; `UInt32.max` when not registered.
  var slot: UInt32
  /// Whether epoll must be told explicitly when the source goes away.
  var needsExplicitRemoval: Bool

  static let none = Registration(slot: .max, needsExplicitRemoval: false)
}
