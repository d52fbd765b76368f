import CConformance
import Glibc

/// Running something in a process of its own that gives back a text.
public enum Isolated {
  /// The text, as far as it came, and how the process ended: empty for well, else in words.
  ///
  /// The caller's process has one thread.
  public static func text(_ body: @escaping () -> String) -> (text: String, end: String) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return ("", "no pipe") }
    let output = ends[1]
    guard
      let child = Fork.start({
        let bytes = Array(body().utf8)
        var offset = 0
        while offset < bytes.count {
          let count = unsafe bytes.withUnsafeBytes { buffer in
            unsafe write(output, buffer.baseAddress.map { unsafe $0 + offset }, buffer.count - offset)
          }
          guard count > 0 else { return (1, 0) }
          offset += count
        }
        return (0, 0)
      })
    else {
      close(ends[0])
      close(ends[1])
      return ("", "no process")
    }
    close(ends[1])
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(ends[0], $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    close(ends[0])
    let code = Fork.wait(for: child).code
    return (String(decoding: bytes, as: UTF8.self), code == 0 ? "" : Words.end(code))
  }
}
