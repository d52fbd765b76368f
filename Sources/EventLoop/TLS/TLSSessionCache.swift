import COpenSSL
import Glibc

/// Sessions of a client that can be resumed, by host and port. A TLS 1.3 ticket is used once (RFC 8446 appendix C.4); a session
/// of TLS 1.2 stays until it expires.
///
/// Safety: the cache owns one reference to each session it holds; taking one hands that reference to the caller.
@safe
final class TLSSessionCache {
  private static let hostLimit = 1024
  private static let sessionsPerHost = 4

  private var sessions: [String: [OpaquePointer]] = unsafe [:]

  init() {}

  deinit {
    unsafe sessions.values.forEach { list in unsafe list.forEach { unsafe SSL_SESSION_free($0) } }
  }

  /// Takes over a reference to a session. The newest ones are kept.
  func store(_ session: OpaquePointer, for key: String) {
    var list = unsafe sessions.removeValue(forKey: key) ?? []
    unsafe list.append(session)
    if unsafe list.count > Self.sessionsPerHost { unsafe SSL_SESSION_free(list.removeFirst()) }
    if unsafe sessions.count >= Self.hostLimit, let other = unsafe sessions.first?.key { removeAll(for: other) }
    unsafe sessions[key] = list
  }

  /// A session to offer; the reference is the caller's to free.
  func take(for key: String) -> OpaquePointer? {
    guard var list = unsafe sessions[key] else { return nil }
    let now = time(nil)
    while let session = unsafe list.last {
      let expiry = unsafe SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session)
      if unsafe expiry <= now || SSL_SESSION_is_resumable(session) != 1 {
        unsafe SSL_SESSION_free(session)
        unsafe list.removeLast()
        continue
      }
      if unsafe SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION {
        unsafe list.removeLast()
      } else {
        unsafe SSL_SESSION_up_ref(session)
      }
      unsafe sessions[key] = list.isEmpty ? nil : list
      return unsafe session
    }
    unsafe sessions[key] = nil
    return nil
  }

  private func removeAll(for key: String) {
    unsafe sessions.removeValue(forKey: key)?.forEach { unsafe SSL_SESSION_free($0) }
  }
}
