import Glibc

/// Compiles C plugins while the tests run.
enum TestLibrary {
  struct Failure: Error { var text: String }

  /// The folder of the repository, two above that of a test.
  static func repository(_ file: String) -> String {
    file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  }

  /// Compiles `source` into a library in a temporary folder.
  static func compile(_ source: String, _ options: [String] = [], repository: String) throws -> String {
    var template = Array("/tmp/torii-test-XXXXXX".utf8CString)
    let folder = try unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = unsafe mkdtemp(base) else { throw Failure(text: "mkdtemp") }
      return unsafe String(cString: made)
    }
    let library = folder + "/plugin.so"
    let arguments =
      [
        "cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-I", repository + "/SDK/C/include", "-I",
        repository + "/Tests/Plugins",
      ]
      + options + ["-o", library, source]
    guard run(arguments) == 0 else { throw Failure(text: arguments.joined(separator: " ")) }
    return library
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
