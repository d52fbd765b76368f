import Testing

@testable import Routing

@Suite("Routes and upstream paths, against what Kong does")
struct RouterScenarioTests {
  @Test("service path, route path and request path make the upstream path", arguments: UpstreamPathCase.all)
  func upstreamPath(_ vector: UpstreamPathCase) throws {
    let router = try Router([
      RouteDefinition(id: "r", paths: [vector.route], stripPath: vector.strip, index: 3, servicePath: vector.service)
    ])
    let path = Call.normalize(Array(vector.request.utf8))
    guard let match = TestRequest(path: path).match(router) else {
      #expect(vector.target == nil)
      return
    }
    #expect(match.routeIndex == 3)
    #expect(match.pathCriterionMatched)
    let target = Call.upstream(
      service: vector.service, path: path, matched: match.matchedPrefixLength, strip: vector.strip)
    #expect(target == vector.target)
    if let prefix = vector.prefix {
      #expect(String(decoding: path.prefix(match.matchedPrefixLength), as: UTF8.self) == prefix)
    }
  }

  @Test("a request goes to the route that Kong chooses, with the path that Kong sends", arguments: RouteScenario.all)
  func scenario(_ scenario: RouteScenario) throws {
    // The order in which routes are given decides nothing.
    for isReversed in [false, true] {
      var routes = scenario.routes
      if isReversed { routes.reverse() }
      let router = try Router(
        routes.enumerated().map { index, route in
          var definition = route.definition
          definition.index = index
          return definition
        })
      for request in scenario.requests {
        #expect(
          outcome(of: request, routes, router) == request.outcome, "\(request.method) \(request.target) \(request.host)"
        )
      }
    }
  }

  private func outcome(
    of request: RouteScenario.Request, _ routes: [RouteScenario.Route], _ router: Router
  ) -> RouteScenario.Outcome {
    let parts = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let rawPath = String(parts[0])
    switch Call.check(rawPath) {
    case .malformed: return .malformed
    case .normalized: #expect(Call.normalize(rawPath) == rawPath)
    case .needsNormalization: break
    }
    let path = Call.normalize(Array(rawPath.utf8))
    let test = TestRequest(
      method: request.method, host: request.host, path: path, isTLS: request.isTLS, headers: request.headers)
    guard let match = test.match(router) else { return .none }
    if match.requiresTLS, !request.isTLS { return .refused(status: match.httpsRedirectStatusCode) }
    let route = routes[match.routeIndex]
    var target = Call.upstream(
      service: route.definition.servicePath ?? "", path: path, matched: match.matchedPrefixLength,
      strip: route.definition.stripPath)
    if parts.count > 1 { target += "?" + parts[1] }
    let prefix = String(decoding: path.prefix(match.matchedPrefixLength), as: UTF8.self)
    let isReported = route.definition.stripPath && match.pathCriterionMatched && prefix != "/"
    return .upstream(route: route.name, target: target, prefix: isReported ? prefix : nil)
  }
}
