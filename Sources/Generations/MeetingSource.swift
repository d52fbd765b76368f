import CLinux
import EventLoop
import Glibc

/// Accepts workers on the meeting point.
final class MeetingSource: EventSource {
  var onConnection: (Int32) -> Void = { _ in }

  override func ready(_ events: Events) {
    while true {
      let accepted = clinux_accept4(
        descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue))
      guard accepted >= 0 else { return }
      // The address is open to everybody on this machine: only processes of our own user are let in.
      guard clinux_peer_user(accepted) == Int(geteuid()) else {
        close(accepted)
        continue
      }
      onConnection(accepted)
    }
  }
}
