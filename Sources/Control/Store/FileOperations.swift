import Glibc

/// A step of the file system that failed.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What was to be done, with the path: `write /var/lib/torii/configuration.json`.
  public let operation: String
  /// The system's words, or what is wrong with the content.
  public let reason: String

  /// Makes an error.
  public init(operation: String, reason: String) {
    self.operation = operation
    self.reason = reason
  }

  /// `cannot write /var/lib/torii/configuration.json: No space left on device`
  public var description: String { "cannot \(operation): \(reason)" }
}

/// The steps of the file system that the store is made of. Tests put one before them that stops at any step.
protocol FileOperations {
  /// Makes a folder with mode 0700 if it is not there, its parents included.
  func makeFolder(_ path: String) throws(StoreError)
  /// The names in a folder, in no order.
  func names(in path: String) throws(StoreError) -> [String]
  /// The content of a file; `nil` when there is none.
  func read(_ path: String) throws(StoreError) -> [UInt8]?
  /// Makes a file with mode 0600 with this content, replacing what was there; it may be incomplete after a crash.
  func write(_ bytes: [UInt8], to path: String) throws(StoreError)
  /// Makes sure that the content of a file is on the disk.
  func synchronize(file path: String) throws(StoreError)
  /// Gives a file another name, replacing what had it: at any time the name stands for the old or the new file.
  func rename(_ path: String, to other: String) throws(StoreError)
  /// Makes sure that the names in a folder are on the disk.
  func synchronize(folder path: String) throws(StoreError)
}

/// The real file system.
///
/// Safety: paths are passed as C strings that live for the call.
struct SystemFiles: FileOperations {
  private func failure(_ operation: String, _ path: String) -> StoreError {
    let code = errno
    // `strerror` returns a text that lives until the next call on this thread; it is copied at once.
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return StoreError(operation: "\(operation) \(path)", reason: reason)
  }

  func makeFolder(_ path: String) throws(StoreError) {
    var partial = ""
    for part in path.split(separator: "/") {
      partial += (partial.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
      if unsafe mkdir(partial, 0o700) != 0, errno != EEXIST {
        // A parent that cannot be made may well be there: an existing folder on a read-only file system, for example.
        if unsafe access(partial, F_OK) != 0 { throw failure("make the folder", partial) }
      }
    }
  }

  func names(in path: String) throws(StoreError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw failure("list", path) }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    // An entry is valid until the next call; its name is copied at once. The name is terminated within the entry.
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names
  }

  func read(_ path: String) throws(StoreError) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // At most the chunk's own length is written into it.
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    // The file may have been there with another mode.
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("write", path) }
    var done = 0
    while done < bytes.count {
      // The rest of the array, which nothing changes meanwhile.
      let count = unsafe bytes.withUnsafeBytes { all in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: all[done...])
        return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path) }
      done += count
    }
  }

  func synchronize(file path: String) throws(StoreError) {
    try synchronize(path, O_RDONLY)
  }

  func rename(_ path: String, to other: String) throws(StoreError) {
    guard unsafe Glibc.rename(path, other) == 0 else { throw failure("rename \(path) to", other) }
  }

  func synchronize(folder path: String) throws(StoreError) {
    try synchronize(path, O_RDONLY | O_DIRECTORY)
  }

  private func synchronize(_ path: String, _ flags: Int32) throws(StoreError) {
    let descriptor = unsafe open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("synchronize", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("synchronize", path) }
  }
}
