import CToriiPlugin

/// The gateway's version.
enum Version {
  /// Semantic Versioning.
  static let gateway = "0.1.0"
  /// Of the plugin ABI.
  static let abi = "\(TORII_ABI_MAJOR).\(TORII_ABI_MINOR)"
}
