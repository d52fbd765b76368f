/// Whose keys a declarative file may have at its top.
public enum DeclarativeDialect: Hashable, Sendable {
  /// Kong's own: what `POST /config` takes.
  case kong
  /// decK's, which has more: `_info`, `_plugin_configs`, `_workspace`. Files are read so.
  case deck

  /// Keys of both that are no collections.
  static let commonKeys = ["_format_version", "_transform", "_comment", "_ignore"]
  /// Keys that only decK has.
  static let deckKeys = ["_info", "_workspace", "_plugin_configs", "_konnect"]

  /// Collections that Kong Enterprise or decK know and this gateway does not, and why.
  static func reasonAgainst(_ key: String) -> String? {
    switch key {
    case "consumer_groups", "rbac_roles", "licenses", "service_packages", "partials", "workspaces":
      "Kong Enterprise has these; remove them"
    case "filter_chains", "custom_plugins", "cloned_plugins", "custom_entities":
      "this gateway has plugins in shared libraries instead"
    case "oauth2_credentials", "oauth2_tokens", "mtls_auth_credentials": "no plugin uses them"
    default: nil
    }
  }

  /// The keys that may stand at the top.
  var topKeys: [String] {
    DeclarativeDialect.commonKeys + (self == .deck ? DeclarativeDialect.deckKeys : [])
      + EntityType.allCases.map(\.rawValue)
  }
}
