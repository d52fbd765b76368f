import COpenSSL
import EventLoop
import Glibc

/// Copies of plugin libraries under their content's hash: what is overwritten, truncated or deleted where it came from
/// never touches a running image, and two builds of one plugin lie side by side.
struct LibraryStore {
  /// Where the copies lie.
  let folder: String

  /// Why a library cannot be taken into the store.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The largest library that is taken, in bytes.
  private static let limit = 1 << 30

  init(folder: String) { self.folder = folder }

  /// Takes the file at `path` into the store, if its content is not there yet.
  /// - Returns: the copy, identified by its hash.
  func stage(_ path: String) throws(Failure) -> GenerationDocument.Library {
    let content = try Self.read(path)
    let hash = Self.hash(content)
    let copy = "\(folder)/\(hash).so"
    // A copy that a crash of the machine left unfinished does not have the content that its name says.
    if unsafe access(copy, R_OK) == 0, let present = try? Self.read(copy), Self.hash(present) == hash {
      return .init(path: copy, identity: hash)
    }
    try makeFolder()
    // Whole under its name or not there at all: written beside, then renamed.
    let temporary = "\(copy).\(getpid())"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o500)
    guard descriptor >= 0 else { throw Self.failure("open", temporary) }
    var written = 0
    while written < content.count {
      let count = unsafe content.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
      }
      guard count > 0 else {
        let failure = Self.failure("write", temporary)
        close(descriptor)
        unsafe unlink(temporary)
        throw failure
      }
      written += count
    }
    guard close(descriptor) == 0, unsafe rename(temporary, copy) == 0 else {
      let failure = Self.failure("rename", copy)
      unsafe unlink(temporary)
      throw failure
    }
    return .init(path: copy, identity: hash)
  }

  /// What a copy's name says; `nil` when it is none of this store.
  func copy(at path: String) -> GenerationDocument.Library? {
    guard path.hasPrefix(folder + "/"), path.hasSuffix(".so") else { return nil }
    let hash = path.dropFirst(folder.count + 1).dropLast(3)
    guard hash.utf8.count == 64, !hash.contains("/") else { return nil }
    return .init(path: path, identity: String(hash))
  }

  /// Makes the folder, and those above it.
  private func makeFolder() throws(Failure) {
    var path = ""
    for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
      path += path.isEmpty && part.isEmpty ? "/" : (path.isEmpty || path.hasSuffix("/") ? "" : "/") + part
      if unsafe mkdir(path, 0o700) != 0, errno != EEXIST, errno != EISDIR {
        let failure = Self.failure("mkdir", path)
        if unsafe access(path, F_OK) != 0 { throw failure }
      }
    }
  }

  /// Removes copies that nothing names any more.
  func removeAll(but used: Set<String>) {
    guard let directory = unsafe opendir(folder) else { return }
    defer { unsafe closedir(directory) }
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".so"), !used.contains(path) { unsafe unlink(path) }
    }
  }

  private static func read(_ path: String) throws(Failure) -> [UInt8] {
    // A pipe without a writer is not waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0 else { throw failure("stat", path) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw Failure(description: "\(path): is no regular file") }
    let size = Int(facts.st_size)
    guard size >= 0, size <= limit else { throw Failure(description: "\(path): larger than a library may be") }
    var content = [UInt8](repeating: 0, count: size)
    var offset = 0
    while offset < size {
      let count = unsafe content.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress.map { unsafe $0 + offset }, $0.count - offset, offset)
      }
      guard count > 0 else { throw Failure(description: "\(path): changed while it was read") }
      offset += count
    }
    return content
  }

  /// SHA-256 in hexadecimal.
  private static func hash(_ content: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_Digest(content, content.count, &digest, nil, EVP_sha256(), nil)
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  private static func failure(_ operation: StaticString, _ path: String) -> Failure {
    Failure(description: "\(path): \(SystemError(code: errno, operation: operation))")
  }
}
