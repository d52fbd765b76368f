import TestLibraries

/// The scripted plugin under two names: `scripted` runs before `second`.
enum Scripted {
  static let first = Result { try library("scripted", priority: 200) }
  static let second = Result { try library("second", priority: 100) }

  private static func library(_ name: String, priority: Int, file: String = #filePath) throws -> String {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return try TestLibrary.compile(
      folder + "/Fixtures/scripted.c", ["-DPLUGIN_NAME=\"\(name)\"", "-DPRIORITY=\(priority)"],
      repository: TestLibrary.repository(file))
  }
}
