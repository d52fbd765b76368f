import CToriiPlugin

/// Writes errors into the buffer that the host made for them.
enum ErrorReport {
  /// Bytes that it had in ABI 1.0, and so in every host: a later header's may be more.
  private static let size = 504

  /// - Returns: the error's status, to be returned.
  ///
  /// Safety: each text is cut to its array, and a byte stays for the terminator.
  static func write(_ error: PluginError, to report: UnsafeMutablePointer<torii_error>?) -> Int32 {
    let status = error.status.rawValue < 0 ? error.status.rawValue : TORII_E_FAILED
    guard let report = unsafe report,
      unsafe Int(report.pointee.struct_size) >= size
    else { return status }
    unsafe report.pointee.code = status
    unsafe withUnsafeMutableBytes(of: &report.pointee.pointer) { unsafe write(error.pointer, to: $0) }
    unsafe withUnsafeMutableBytes(of: &report.pointee.message) { unsafe write(error.message, to: $0) }
    return status
  }

  private static func write(_ text: String, to buffer: UnsafeMutableRawBufferPointer) {
    // Cut between characters, so that what is left is UTF-8.
    var size = 0
    for character in text.unicodeScalars {
      let width = UTF8.width(character)
      guard size + width < buffer.count else { break }
      size += width
    }
    for (place, byte) in text.utf8.prefix(size).enumerated() { unsafe buffer[place] = byte }
    if size < buffer.count { unsafe buffer[size] = 0 }
  }
}
