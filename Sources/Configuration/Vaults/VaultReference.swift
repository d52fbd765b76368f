/// A reference to a secret: `{vault://env/my-secret/key}`; the whole value of a field.
public struct VaultReference: Hashable, Sendable {
  /// The backend, or the prefix of a vault entity.
  public let vault: String
  /// The name of the secret.
  public let resource: String
  /// The member of the secret, when the secret is JSON.
  public let key: String?
  /// What stands behind the question mark.
  public let options: [String: String]
  /// The version of the secret.
  public let version: Int?

  /// Whether a value is a reference: it is looked up instead of used.
  public static func isReference(_ text: String) -> Bool {
    VaultReference(parsing: text) != nil
  }

  /// Reads a reference; `nil` when the text is none.
  public init?(parsing text: String) {
    let opening = "{vault://"
    guard text.utf8.count > opening.utf8.count + 1, text.hasPrefix(opening), text.hasSuffix("}") else { return nil }
    var inner = text.dropFirst(opening.count).dropLast()
    var version: Int?
    if let mark = inner.lastIndex(of: "#") {
      guard let number = Int(inner[inner.index(after: mark)...]) else { return nil }
      version = number
      inner = inner[..<mark]
    }
    var options: [String: String] = [:]
    if let mark = inner.firstIndex(of: "?") {
      for pair in inner[inner.index(after: mark)...].split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        options[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
      }
      inner = inner[..<mark]
    }
    let steps = inner.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard steps.count >= 2, !steps[0].isEmpty, !steps[1].isEmpty else { return nil }
    vault = String(steps[0])
    resource = String(steps[1])
    key = steps.count == 3 && !steps[2].isEmpty ? String(steps[2]) : nil
    self.options = options
    self.version = version
  }
}
