import Glibc

/// Reads whole files.
enum FileReader {
  /// Why a file could not be read.
  struct Fault: Error {
    /// The system's words: `No such file or directory`.
    let reason: String
  }

  /// The bytes of a file; `-` is the standard input.
  ///
  /// - Parameter limit: More bytes than this are refused.
  static func read(_ path: String, limit: Int = 256 << 20) throws(Fault) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Fault(reason: reason(errno)) }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      // `read` writes at most the chunk's own length into memory that the closure keeps alive.
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw Fault(reason: reason(errno))
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw Fault(reason: "the file is larger than \(limit >> 20) MiB") }
      bytes += chunk[..<count]
    }
  }

  private static func reason(_ code: Int32) -> String {
    // `strerror` returns a text that lives until the next call on this thread; it is copied at once.
    unsafe String(cString: strerror(code))
  }
}
