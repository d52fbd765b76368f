import CLinux

/// What became possible on a descriptor, as `epoll_wait` reports it (epoll_ctl(2)).
public struct Events: OptionSet, Sendable {
  /// The bits of `EPOLLIN`, `EPOLLOUT`, … as the kernel gave them.
  public let rawValue: UInt32

  /// Wraps the kernel's bits.
  @inlinable
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes, a connection or the end of the stream can be read (`EPOLLIN`).
  public static let readable = Events(rawValue: 0x001)
  /// Bytes can be written, or a connection in progress has succeeded or failed (`EPOLLOUT`).
  public static let writable = Events(rawValue: 0x004)
  /// An error is pending; a read, a write or `Sockets.connectionError` tells which (`EPOLLERR`).
  public static let error = Events(rawValue: 0x008)
  /// Both directions are closed (`EPOLLHUP`).
  public static let hangup = Events(rawValue: 0x010)
  /// The peer has closed its sending side; what it sent before can still be read (`EPOLLRDHUP`).
  public static let peerClosed = Events(rawValue: 0x2000)
}
