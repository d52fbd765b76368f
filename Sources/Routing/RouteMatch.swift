/// The outcome of a match. Keep one and pass it again: its storage is reused.
public struct RouteMatch {
  /// The ``RouteDefinition/index`` of the route.
  public internal(set) var routeIndex = -1
  /// How many bytes of the normalised path the matching path (or regular expression) covered; 0 without a path criterion.
  public internal(set) var matchedPrefixLength = 0
  /// Whether one of the route's paths matched, that is, whether the route has any.
  public internal(set) var pathCriterionMatched = false
  /// Whether the route accepts requests over TLS only; a plain request is then answered with ``httpsRedirectStatusCode``.
  public internal(set) var requiresTLS = false
  /// 426, or the redirect status, of the route.
  public internal(set) var httpsRedirectStatusCode = 426
  /// What the groups of the path's regular expression captured, as ranges into the normalised path; entry 0 is the whole
  /// match. Empty for a plain prefix.
  public internal(set) var uriCaptures = RegularExpressionCaptures()
  /// The names of the groups, by the index of ``uriCaptures``; nil for a group without one. Empty for a plain prefix.
  public internal(set) var uriCaptureNames: [String?] = []

  /// Makes an empty outcome.
  public init() {}

  mutating func setPlainPath(length: Int, isCriterion: Bool) {
    matchedPrefixLength = length
    pathCriterionMatched = isCriterion
    if uriCaptures.count > 0 {
      uriCaptures.removeAll()
      uriCaptureNames = []
    }
  }
}
