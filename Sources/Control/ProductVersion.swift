/// What the control plane calls itself.
enum ProductVersion {
  /// The gateway's own version.
  static let torii = "0.1.0"

  /// The version of the Admin API, as `GET /` shows it.
  ///
  /// Clients of Kong's Admin API read its beginning to learn which entities and fields there are (decK wants 3.0 or
  /// later), so it begins with the release whose behaviour this API has; what follows is a pre-release tag of semantic versioning.
  static let admin = "3.9.1-torii-\(torii)"

  /// The value of the `Server` header.
  static let server = "torii/\(torii)"
}
