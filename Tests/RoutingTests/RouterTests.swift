import Testing

@testable import Routing

@Suite("The router")
struct RouterTests {
  private func route(
    _ index: Int, id: String? = nil, methods: [String] = [], hosts: [String] = [], paths: [String] = [],
    headers: [RouteDefinition.Header] = [], snis: [String] = [], regexPriority: Int = 0
  ) -> RouteDefinition {
    RouteDefinition(
      id: id ?? "\(index)", methods: methods, hosts: hosts, paths: paths, headers: headers, snis: snis,
      regexPriority: regexPriority, index: index)
  }

  @Test("the number of a priority is laid out bit by bit")
  func priority() {
    let header = RouteDefinition.Header(name: "x", values: ["1"])
    let full = route(0, methods: ["GET"], hosts: ["a.b"], paths: ["/abc"], headers: [header], snis: ["s"])
    let all: UInt64 = 5 << 61 | 1 << 60 | 1 << 52 | 4
    #expect(RoutePriority.of(full, isRegularExpression: false, pathLength: 4) == all)
    let wild = route(0, hosts: ["a.b", "*.c"])
    #expect(RoutePriority.of(wild, isRegularExpression: false, pathLength: 0) == 1 << 61)
    let regular = route(0, paths: ["~/a"], regexPriority: 7)
    #expect(
      RoutePriority.of(regular, isRegularExpression: true, pathLength: 0) == (1 << 61 | 1 << 51 | (7 + (1 << 31)) << 19)
    )
    let many = route(0, headers: (0..<300).map { .init(name: "h\($0)", values: ["1"]) })
    #expect(RoutePriority.of(many, isRegularExpression: false, pathLength: 0) == 1 << 61 | 255 << 52)
    let same = route(0, headers: [.init(name: "X-A", values: ["1"]), .init(name: "x-a", values: ["2"])])
    #expect(RoutePriority.of(same, isRegularExpression: false, pathLength: 0) == 1 << 61 | 1 << 52)
    let long = route(0, paths: ["/"])
    #expect(RoutePriority.of(long, isRegularExpression: false, pathLength: 1 << 30) == 1 << 61 | 0x7ffff)
  }

  @Test("a negative regular expression priority comes after zero")
  func negativePriority() throws {
    let router = try Router([
      route(0, paths: ["~/a.*"], regexPriority: -5), route(1, paths: ["~/a.+"]),
      route(2, paths: ["~/.*"], regexPriority: Int.min),
    ])
    #expect(TestRequest(path: Array("/ab".utf8)).match(router)?.routeIndex == 1)
    #expect(TestRequest(path: Array("/a".utf8)).match(router)?.routeIndex == 0)
    #expect(TestRequest(path: Array("/b".utf8)).match(router)?.routeIndex == 2)
  }

  @Test("hosts are compared without regard to case; a pattern's port with the Host's, or else the listener's")
  func hosts() throws {
    let router = try Router([
      route(0, hosts: ["Exact.Test"]), route(1, hosts: ["*.Wild.test"]), route(2, hosts: ["Pre.*"]),
      route(3, hosts: ["port.test:8443"]),
      route(4, hosts: ["*.port.test:1"]), route(5, hosts: ["[::1]"]), route(6, hosts: ["[::2]:9"]),
    ])
    let expected: [(String, Int?)] = [
      ("exact.test", 0), ("EXACT.TEST:99", 0), ("exact.test:", 0), ("exact.tes", nil), ("xexact.test", nil),
      ("exact.test:x", nil),
      ("a.wild.test", 1), ("A.B.WILD.TEST", 1), ("wild.test", nil), ("pre.a", 2), ("PRE.a.b:1", 2), ("pre", nil),
      ("port.test", nil),
      ("port.test:8443", 3), ("port.test:08443", 3), ("port.test:8444", nil), ("port.test:73979", nil),
      ("a.port.test:1", 4), ("a.port.test", nil),
      ("[::1]", 5), ("[::1]:80", 5), ("[::2]:9", 6), ("[::2]", nil), ("", nil), (":", nil), ("[", nil),
    ]
    for (host, index) in expected {
      #expect(TestRequest(host: host, path: [0x2f]).match(router)?.routeIndex == index, "\(host)")
    }
    #expect(TestRequest(host: "port.test", path: [0x2f], listenerPort: 8443).match(router)?.routeIndex == 3)
    #expect(TestRequest(host: "port.test:1", path: [0x2f], listenerPort: 8443).match(router) == nil)
  }

  @Test("server names count on TLS connections only")
  func serverNames() throws {
    let router = try Router([
      route(0, paths: ["/"], snis: ["a.test", "*.b.test", "c.*", "dot.test."]), route(1, paths: ["/"]),
    ])
    func index(_ sni: String?, isTLS: Bool = true) -> Int? {
      TestRequest(path: [0x2f], isTLS: isTLS, sni: sni).match(router)?.routeIndex
    }
    #expect(index(nil, isTLS: false) == 0)
    #expect(index("x", isTLS: false) == 0)
    #expect(index(nil) == 1)
    for name in ["a.test", "A.TEST", "x.b.test", "c.x", "dot.test"] { #expect(index(name) == 0, "\(name)") }
    for name in ["b.test", "xa.test", "c", "", "a.test."] { #expect(index(name) == 1, "\(name)") }
  }

  @Test("header expressions ignore case and match anywhere in a value")
  func headerExpressions() throws {
    let router = try Router([route(0, headers: [.init(name: "X-A", values: ["~*b\\d", "~*^\\D+$"])])])
    for (value, isMatch) in [("aB1c", true), ("xyz", true), ("b-", true), ("1", false), ("", false)] {
      #expect((TestRequest(path: [0x2f], headers: [("x-a", value)]).match(router) != nil) == isMatch, "\(value)")
    }
  }

  @Test("captures of the path's expression are ranges into the path, and gone when a plain path matches")
  func captures() throws {
    let router = try Router([
      route(0, paths: ["~/u/(?<id>\\d+)/(x)?"]), route(1, paths: ["/p"]),
      // Matches only with a header, and after its path was tried nothing of it may be left.
      route(2, paths: ["~/u/(?<other>.*)"], headers: [.init(name: "h", values: ["1"])]),
    ])
    var result = RouteMatch()
    #expect(TestRequest(path: Array("/u/42/".utf8)).match(router, &result))
    #expect(result.routeIndex == 0)
    #expect(result.matchedPrefixLength == 6)
    #expect(result.uriCaptureNames == [nil, "id", nil])
    #expect((0..<4).map { result.uriCaptures[$0] } == [0..<6, 3..<5, nil, nil])
    #expect(TestRequest(path: Array("/p/x".utf8)).match(router, &result))
    #expect(result.matchedPrefixLength == 2)
    #expect(result.uriCaptures.count == 0)
    #expect(result.uriCaptureNames.isEmpty)
    #expect(TestRequest(path: Array("/u/7/".utf8), headers: [("h", "1")]).match(router, &result))
    #expect(result.routeIndex == 2)
    #expect(result.uriCaptureNames == [nil, "other"])
  }

  @Test("a route that accepts TLS only says so")
  func requiresTLS() throws {
    var tls = route(0, paths: ["/s"])
    tls.protocols = [.https]
    tls.httpsRedirectStatusCode = 308
    var none = route(2, paths: ["/none"])
    none.protocols = []
    let router = try Router([tls, route(1, paths: ["/b"]), none])
    let match = TestRequest(path: Array("/s".utf8)).match(router)
    #expect(match?.requiresTLS == true)
    #expect(match?.httpsRedirectStatusCode == 308)
    #expect(TestRequest(path: Array("/b".utf8)).match(router)?.requiresTLS == false)
    #expect(TestRequest(path: Array("/none".utf8)).match(router) == nil)
  }

  @Test("all faults of all routes are reported, each with its field")
  func faults() {
    let routes = [
      route(4, id: "a", paths: ["/ok", "~/(", "bad"]),
      route(5, id: "b", paths: ["/ok"], headers: [.init(name: "X", values: ["v", "~*[z-a]"])]), route(6, id: "c"),
    ]
    do {
      _ = try Router(routes)
      Issue.record("no error")
    } catch {
      #expect(error.errors.map(\.routeID) == ["a", "a", "c", "b"])
      #expect(error.errors.map(\.routeIndex) == [4, 4, 6, 5])
      #expect(error.errors.map(\.field) == ["paths[1]", "paths[2]", "", "headers.X[1]"])
      #expect(error.errors[0].message == "not a valid regex: unclosed group (at offset 1)")
    }
  }

  @Test("paths as deep as they are long, and as many as ten thousand, are indexed")
  func manyRoutes() throws {
    let deep = (1...400).map { route($0, paths: ["/" + String(repeating: "a", count: $0)]) }
    let wide = (0..<10_000).map { route(10_000 + $0, hosts: ["h\($0 % 100).test"], paths: ["/s\($0)/x"]) }
    let router = try Router(deep + wide)
    for length in [1, 2, 200, 400, 5000] {
      let path = [0x2f] + [UInt8](repeating: 0x61, count: length)
      #expect(TestRequest(path: path).match(router)?.routeIndex == min(length, 400))
    }
    for index in [0, 42, 9_999] {
      let request = TestRequest(host: "h\(index % 100).test", path: Array("/s\(index)/x/y".utf8))
      #expect(request.match(router)?.routeIndex == 10_000 + index)
    }
  }
}
