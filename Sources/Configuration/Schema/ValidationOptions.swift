/// What validation needs to know of the world outside the configuration.
///
/// Checks that need other modules (the regular expression engine, OpenSSL) are given as closures that return the reason why a
/// value is bad, or `nil` when it is good. Without a closure the check is left out.
public struct ValidationOptions: Sendable {
  /// Where the entities come from; a few messages differ.
  public enum Surface: Hashable, Sendable {
    /// A declarative file or `POST /config`.
    case declarative
    /// A call of the Admin API.
    case adminAPI
  }

  /// Where the entities come from.
  public var surface: Surface
  /// The schemas of the plugins that can be used, by name; `nil` leaves plugin configurations unchecked (for tools).
  public var plugins: [String: PluginSchema]?
  /// Where plugins are looked for; told to those whose plugin was not found.
  public var pluginFolders: [String]
  /// The time entities are stamped with: seconds since 1970.
  public var now: Int
  /// Why a regular expression cannot be used; gets it without the leading `~`.
  public var regularExpressionFault: (@Sendable (String) -> String?)?
  /// Whether a text matches a regular expression (of a plugin's schema); `nil`: the expression cannot be used.
  public var regularExpressionMatches: PluginSchema.RegularExpressionMatcher?
  /// Why a text in PEM is no certificate.
  public var certificateFault: (@Sendable (String) -> String?)?
  /// Why a text in PEM is no private key.
  public var privateKeyFault: (@Sendable (String) -> String?)?
  /// Why a certificate and a private key (both PEM) do not belong together.
  public var keyPairFault: (@Sendable (_ certificate: String, _ key: String) -> String?)?

  /// Makes options; everything that is left out is left unchecked.
  public init(
    surface: Surface = .declarative, plugins: [String: PluginSchema]? = nil, pluginFolders: [String] = [],
    now: Int = SystemClock.secondsSince1970()
  ) {
    self.surface = surface
    self.plugins = plugins
    self.pluginFolders = pluginFolders
    self.now = now
  }
}
