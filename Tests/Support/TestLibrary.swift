import Glibc
import Synchronization

/// Compiles C plugins while the tests run; what it made is removed when the process ends.
public enum TestLibrary {
  /// Why there is no library.
  public struct Failure: Error { var text: String }

  /// The folder of the repository, two above that of a test.
  public static func repository(_ file: String) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  }

  /// Compiles `source` into a library in a temporary folder.
  public static func compile(_ source: String, _ options: [String] = [], repository: String) throws -> String {
    var template = Array("/tmp/torii-test-XXXXXX".utf8CString)
    let folder = try unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = unsafe mkdtemp(base) else { throw Failure(text: "mkdtemp") }
      return unsafe String(cString: made)
    }
    let library = folder + "/plugin.so"
    made.withLock { made in
      if made.isEmpty { atexit { TestLibrary.removeAll() } }
      made.append(library)
    }
    let arguments =
      [
        "cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-I", repository + "/SDK/C/include", "-I",
        repository + "/Tests/Plugins",
      ]
      + options + ["-o", library, source]
    guard run(arguments) == 0 else { throw Failure(text: arguments.joined(separator: " ")) }
    return library
  }

  private static let made = Mutex<[String]>([])

  private static func removeAll() {
    for library in made.withLock({ $0 }) {
      unsafe unlink(library)
      unsafe rmdir(String(library.dropLast("/plugin.so".count)))
    }
  }

  private static func run(_ arguments: [String]) -> Int32 {
    var pid: pid_t = 0
    var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    guard unsafe posix_spawnp(&pid, "cc", nil, nil, &pointers, environ) == 0 else { return -1 }
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
    return status
  }
}
