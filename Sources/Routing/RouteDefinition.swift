/// The protocols a route accepts.
///
/// They decide nothing while matching: a route is chosen first, and a request that came over the wrong protocol is then
/// answered with the route's redirect status (see ``RouteMatch/requiresTLS``).
public struct RouteProtocols: OptionSet, Sendable {
  /// One bit per protocol.
  public let rawValue: UInt8

  /// The protocols whose bits are set.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// HTTP without TLS.
  public static let http = RouteProtocols(rawValue: 1)
  /// HTTP over TLS.
  public static let https = RouteProtocols(rawValue: 2)
  /// gRPC without TLS.
  public static let grpc = RouteProtocols(rawValue: 4)
  /// gRPC over TLS.
  public static let grpcs = RouteProtocols(rawValue: 8)
}

/// What the router needs to know of a route: a plain value, made from the configuration's entities by the caller.
public struct RouteDefinition: Sendable {
  /// A header the request must carry.
  public struct Header: Sendable {
    /// The field name; compared without regard to case.
    public var name: String
    /// The accepted values: compared without regard to case, or a regular expression when it starts with `~*`.
    public var values: [String]

    /// Makes a criterion for the field `name`.
    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// The route's UUID. Of two routes of equal priority the one with the higher id wins.
  public var id: String
  /// The protocols accepted; not a criterion. A route without any of these is left out of the router.
  public var protocols: RouteProtocols
  /// Accepted methods, compared exactly; empty: any.
  public var methods: [String]
  /// Accepted hosts: `a.example`, `*.example`, `a.*`, each with an optional `:port`; empty: any.
  public var hosts: [String]
  /// Accepted paths: a plain prefix `/p`, or a regular expression after a tilde, `~/p/\d+`; empty: any.
  public var paths: [String]
  /// Headers that must all be there.
  public var headers: [Header]
  /// Accepted TLS server names (`a.example`, `*.example`, `a.*`); looked at only when the request came over TLS; empty: any.
  public var snis: [String]
  /// Orders routes with regular expression paths; higher first.
  public var regexPriority: Int
  /// Whether the matched part of the path is removed on the way upstream.
  public var stripPath: Bool
  /// Whether the client's Host goes upstream.
  public var preserveHost: Bool
  /// The answer to a plain request for a TLS-only route: 426, or a redirect (301, 302, 307, 308).
  public var httpsRedirectStatusCode: Int
  /// The caller's number for this route, handed back by a match.
  public var index: Int
  /// The path of the route's service, if it has one.
  public var servicePath: String?

  /// Makes a definition; every default is the one of the declarative format.
  public init(
    id: String, protocols: RouteProtocols = [.http, .https], methods: [String] = [], hosts: [String] = [],
    paths: [String] = [], headers: [Header] = [], snis: [String] = [], regexPriority: Int = 0, stripPath: Bool = true,
    preserveHost: Bool = false, httpsRedirectStatusCode: Int = 426, index: Int, servicePath: String? = nil
  ) {
    self.id = id
    self.protocols = protocols
    self.methods = methods
    self.hosts = hosts
    self.paths = paths
    self.headers = headers
    self.snis = snis
    self.regexPriority = regexPriority
    self.stripPath = stripPath
    self.preserveHost = preserveHost
    self.httpsRedirectStatusCode = httpsRedirectStatusCode
    self.index = index
    self.servicePath = servicePath
  }
}
