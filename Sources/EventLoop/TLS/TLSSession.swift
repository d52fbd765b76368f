import Glibc
/// A TLS session.
public final class TLSSession {
  var lastErrorText: String { "" }
  func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult { .wouldBlock }
  func write(_ buffer: UnsafeRawBufferPointer) -> IOResult { .wouldBlock }
  func writev(_ vectors: UnsafePointer<iovec>, count: Int) -> IOResult { .wouldBlock }
  func shutdown() {}
}
