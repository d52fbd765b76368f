import Glibc

/// Where the SDK is: the folder with `Templates`, `C`, and the other languages.
enum SDKFolder {
  /// The folder, or `nil` when there is none.
  ///
  /// `TORII_SDK_PATH` wins. Then come, from the executable's folder up: `SDK` (a build in the repository), `sdk` and
  /// `share/torii/sdk` (an installation).
  static func find() -> String? {
    if let given = unsafe getenv("TORII_SDK_PATH") {
      let folder = unsafe String(cString: given)
      return isSDK(folder) ? folder : nil
    }
    var folder = executableFolder()
    for _ in 0..<8 {
      for name in ["SDK", "sdk", "share/torii/sdk"] where isSDK("\(folder)/\(name)") { return "\(folder)/\(name)" }
      guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return nil }
      folder = String(folder[..<slash])
    }
    return nil
  }

  private static func isSDK(_ folder: String) -> Bool { unsafe access("\(folder)/Templates", R_OK | X_OK) == 0 }

  /// The folder of the running executable; "." when the kernel does not tell.
  private static func executableFolder() -> String {
    guard let resolved = unsafe realpath("/proc/self/exe", nil) else { return "." }
    defer { unsafe free(resolved) }
    let path = unsafe String(cString: resolved)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
