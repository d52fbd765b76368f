import EventLoop
import Glibc

/// A socket on which clients connect. The supervisor opened it; every worker accepts from it.
public final class ProxyListener: EventSource {
  unowned(unsafe) let worker: ProxyWorker
  /// The port that clients connect to.
  let port: UInt16
  let isTLS: Bool
  /// Replaced when the certificates change.
  var tls: TLSContext?
  /// At most this many connections are taken in one turn: the other workers want some, too.
  private static let batch = 16

  init(worker: ProxyWorker, descriptor: Int32, port: UInt16, tls: TLSContext?) {
    unsafe self.worker = worker
    self.port = port
    self.tls = tls
    isTLS = tls != nil
    super.init(descriptor: descriptor)
  }

  override public func ready(_ events: Events) {
    for _ in 0..<Self.batch {
      switch Sockets.accept(descriptor) {
      case .connection(let accepted, let peer):
        admit(accepted, peer)
      case .wouldBlock: return
      case .failed(let error):
        unsafe worker.tellAcceptFailure("accept on port \(port): \(error)")
        // Out of descriptors: leave the connections in the queue for a moment instead of spinning.
        unsafe worker.pauseAccepting()
        return
      }
    }
  }

  /// Takes those who wait in the queue, before it goes; but is not kept at it by those who come meanwhile.
  func takeQueued() {
    for _ in 0..<Self.batch * 64 {
      guard case .connection(let accepted, let peer) = Sockets.accept(descriptor) else { return }
      admit(accepted, peer)
    }
  }

  private func admit(_ accepted: Int32, _ peer: SocketAddress) {
    var session: TLSSession?
    if let tls {
      do { session = try TLSSession.accept(tls, descriptor: accepted) } catch {
        unsafe worker.log(.error, "TLS on port \(port): \(error)")
        Sockets.close(accepted)
        return
      }
    }
    let connection = unsafe ClientConnection(
      worker: worker, descriptor: accepted, peer: peer, listener: self, tls: session)
    unsafe worker.addClient(connection)
  }
}
