/// What accepting from a listening socket gave.
public enum AcceptResult: Sendable {
  /// A connection: its descriptor, non-blocking and closed on exec, and the peer's address. The descriptor is the caller's.
  case connection(Int32, SocketAddress)
  /// No connection waits.
  case wouldBlock
  /// The call failed, for example because no descriptors are left (`EMFILE`): the connection stays in the queue.
  case failed(SystemError)
}
