import COpenSSL

/// OpenSSL's error queue of this thread. Every operation clears it first and reads it when it failed.
///
/// Safety: the texts OpenSSL returns are constants of the library.
enum OpenSSLErrors {
  /// Empties the queue and says it in words: the reasons, outermost last, without OpenSSL's internal names.
  static func takeText() -> String {
    var reasons: [String] = []
    while true {
      let code = ERR_get_error()
      if code == 0 { break }
      let reason = reasonText(code)
      if reasons.last != reason { reasons.append(reason) }
    }
    return reasons.isEmpty ? "unknown error" : reasons.joined(separator: "; ")
  }

  /// Whether the first error of the queue is this one of the SSL library.
  static func isFirst(sslReason: Int32) -> Bool {
    let code = ERR_peek_error()
    return copenssl_error_library(code) == ERR_LIB_SSL && copenssl_error_reason(code) == sslReason
  }

  /// Whether the last error of the queue says that a PEM file has no (further) block.
  static func isEndOfPEM() -> Bool {
    let code = ERR_peek_last_error()
    return copenssl_error_library(code) == ERR_LIB_PEM && copenssl_error_reason(code) == PEM_R_NO_START_LINE
  }

  private static func reasonText(_ code: UInt) -> String {
    guard let text = unsafe ERR_reason_error_string(code) else { return "error \(String(code, radix: 16))" }
    return unsafe String(cString: text)
  }
}
