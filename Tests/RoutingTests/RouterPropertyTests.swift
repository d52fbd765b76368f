import Testing

@testable import Routing

/// The definition of a match, written down plainly: every route is tried, and the best one taken.
struct ReferenceRouter {
  private let routes: [RouteDefinition]
  private var expressions: [String: RegularExpression] = [:]

  init(_ routes: [RouteDefinition]) throws {
    self.routes = routes
    for path in routes.flatMap(\.paths) where path.hasPrefix("~") && expressions[path] == nil {
      expressions[path] = try RegularExpression(String(path.dropFirst()))
    }
  }

  func match(_ request: TestRequest) -> (index: Int, length: Int)? {
    var best: (priority: UInt64, id: String, index: Int, length: Int)?
    for route in routes where meetsAllButPath(route, request) {
      for (priority, length) in pathMatches(route, request) {
        if let best, (best.priority, best.id) >= (priority, route.id) { continue }
        best = (priority, route.id, route.index, length)
      }
    }
    return best.map { ($0.index, $0.length) }
  }

  private func meetsAllButPath(_ route: RouteDefinition, _ request: TestRequest) -> Bool {
    if !route.methods.isEmpty, !route.methods.contains(request.method) { return false }
    if !route.hosts.isEmpty, !route.hosts.contains(where: { hostMatches($0, request) }) { return false }
    if request.isTLS, !route.snis.isEmpty, !route.snis.contains(where: { $0 == request.sni }) { return false }
    return route.headers.allSatisfy { header in
      request.headers.contains { name, value in
        name.lowercased() == header.name.lowercased()
          && header.values.contains { $0.lowercased() == value.lowercased() }
      }
    }
  }

  private func hostMatches(_ pattern: String, _ request: TestRequest) -> Bool {
    let wanted = pattern.lowercased().split(separator: ":").map(String.init)
    let given = request.host.lowercased().split(separator: ":").map(String.init)
    guard let name = given.first else { return false }
    if wanted.count > 1, wanted[1] != (given.count > 1 ? given[1] : "\(request.listenerPort)") { return false }
    if wanted[0].hasPrefix("*") { return name.hasSuffix(wanted[0].dropFirst()) }
    if wanted[0].hasSuffix("*") { return name.hasPrefix(wanted[0].dropLast()) }
    return wanted[0] == name
  }

  private func pathMatches(_ route: RouteDefinition, _ request: TestRequest) -> [(UInt64, Int)] {
    func priority(_ isRegularExpression: Bool, _ length: Int) -> UInt64 {
      RoutePriority.of(route, isRegularExpression: isRegularExpression, pathLength: length)
    }
    if route.paths.isEmpty { return [(priority(false, 0), 0)] }
    return route.paths.compactMap { path in
      if path.hasPrefix("~") {
        guard let expression = expressions[path], let match = Call.prefixMatch(expression, request.path)
        else { return nil }
        return (priority(true, 0), match.length)
      }
      return request.path.starts(with: path.utf8) ? (priority(false, path.utf8.count), path.utf8.count) : nil
    }
  }
}

@Suite("The router against its definition")
struct RouterPropertyTests {
  static let hosts = [
    "a.test", "b.a.test", "A.Test", "*.test", "*.a.test", "a.*", "b.*", "a.test:80", "*.test:8000", "b.a.*:81", "c.d",
  ]
  static let paths = [
    "/", "/a", "/a/", "/a/b", "/ab", "/abc", "/b", "/a/b/c", "~/a", "~/a/\\w+", "~/[ab]/b", "~/.*c$", "~/a|/b",
    "~/(?i)A/B", "~/ab?c", "~/a/(?<x>b)?",
  ]
  static let requestPaths = [
    "/", "/a", "/a/", "/a/b", "/ab", "/abc", "/a/b/c", "/A/B", "/b/b", "/x", "/ac", "/a/bb/c", "/b",
  ]
  static let requestHosts = [
    "a.test", "b.a.test", "x.test", "a.x", "b.x", "A.TEST:80", "b.a.test:81", "a.test:8000", "c.d:9", "nowhere", "",
  ]

  private func definition(_ index: Int, _ generator: inout SplitMix) -> RouteDefinition {
    func some(_ values: [String], _ percent: Int) -> [String] {
      guard generator.chance(percent) else { return [] }
      return (0...generator.below(3)).map { _ in generator.pick(values) }
    }
    var route = RouteDefinition(
      id: "\(generator.next() % 1_000_000)-\(index)", methods: some(["GET", "POST", "PURGE"], 25),
      hosts: some(Self.hosts, 45),
      paths: some(Self.paths, 75), snis: some(["a.test", "b.test"], 15), regexPriority: generator.below(4) - 1,
      index: index)
    for name in ["x-a", "X-B"] where generator.chance(15) {
      route.headers.append(.init(name: name, values: some(["1", "Two"], 100)))
    }
    if route.methods.isEmpty, route.hosts.isEmpty, route.paths.isEmpty, route.headers.isEmpty, route.snis.isEmpty {
      route.paths = ["/"]
    }
    return route
  }

  @Test("every request goes where trying all routes says", arguments: 0..<60)
  func agrees(_ seed: Int) throws {
    var generator = SplitMix(seed: UInt64(seed))
    let routes = (0..<[1, 3, 10, 60, 300][seed % 5]).map { definition($0, &generator) }
    let router = try Router(routes)
    let reference = try ReferenceRouter(routes)
    for _ in 0..<60 {
      var request = TestRequest(
        method: generator.pick(["GET", "POST", "PUT"]), host: generator.pick(Self.requestHosts),
        path: Array(generator.pick(Self.requestPaths).utf8), isTLS: generator.chance(40))
      if request.isTLS, generator.chance(60) { request.sni = generator.pick(["a.test", "b.test", "c.test"]) }
      for name in ["x-a", "X-B", "x-a"] where generator.chance(40) {
        request.headers.append((name, generator.pick(["1", "two", "3"])))
      }
      let expected = reference.match(request)
      let match = request.match(router)
      #expect(match?.routeIndex == expected?.index, "\(request)")
      if let expected, match?.routeIndex == expected.index {
        #expect(match?.matchedPrefixLength == expected.length, "\(request)")
      }
    }
  }
}
