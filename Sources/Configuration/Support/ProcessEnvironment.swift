import Glibc

/// The environment of this process.
public enum ProcessEnvironment {
  /// All variables, as they are now.
  public static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    // `environ` is an array of C strings that a null pointer ends; nothing changes it while configuration is read.
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      let pair = unsafe String(cString: text)
      if let mark = pair.firstIndex(of: "=") {
        variables[String(pair[..<mark])] = String(pair[pair.index(after: mark)...])
      }
      unsafe entry += 1
    }
    return variables
  }
}
