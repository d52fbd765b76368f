import CLinux

/// How a source is registered with epoll. It never changes afterwards, so no request pays for an `epoll_ctl`.
public enum Interest: Sendable {
  /// Connections: readable and writable, told once per change (`EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET`).
  case readWriteEdge
  /// Own listeners and signals: told every turn for as long as something can be read (`EPOLLIN`).
  case readLevel
  /// Listeners shared between processes: as `readLevel`, and a connection wakes few of them (`EPOLLIN|EPOLLEXCLUSIVE`).
  case readLevelExclusive

  /// The bits given to `epoll_ctl`.
  var events: UInt32 {
    switch self {
    case .readWriteEdge: CLINUX_EPOLLIN | CLINUX_EPOLLOUT | CLINUX_EPOLLRDHUP | CLINUX_EPOLLET
    case .readLevel: CLINUX_EPOLLIN
    case .readLevelExclusive: CLINUX_EPOLLIN | CLINUX_EPOLLEXCLUSIVE
    }
  }
}
