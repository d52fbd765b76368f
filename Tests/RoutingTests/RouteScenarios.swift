import Testing

@testable import Routing

/// Routes, and where a Kong gateway with the same routes sent each request.
struct RouteScenario: Sendable, CustomTestStringConvertible {
  struct Route: Sendable {
    var name: String
    var definition: RouteDefinition
  }

  enum Outcome: Sendable, Equatable {
    /// To the route of this name, with this path and query; `prefix` is the stripped part if it is reported.
    case upstream(route: String, target: String, prefix: String?)
    /// No route.
    case none
    /// The request is refused before routing.
    case malformed
    /// A route that wants TLS: the answer has this status.
    case refused(status: Int)
  }

  struct Request: Sendable {
    var method = "GET"
    var target: String
    var host = "golden.test"
    var headers: [(String, String)] = []
    var isTLS = false
    var outcome: Outcome
  }

  var name: String
  var routes: [Route]
  var requests: [Request]
  var testDescription: String { name }

  /// A route; its id is what a declarative file without ids gives a route of this name.
  static func route(
    _ name: String, id: String, protocols: RouteProtocols = [.http, .https], methods: [String] = [],
    hosts: [String] = [], paths: [String] = [], headers: [RouteDefinition.Header] = [], snis: [String] = [],
    regexPriority: Int = 0, strip: Bool = true, redirect: Int = 426, service: String
  ) -> Route {
    Route(
      name: name,
      definition: RouteDefinition(
        id: id, protocols: protocols, methods: methods, hosts: hosts, paths: paths, headers: headers, snis: snis,
        regexPriority: regexPriority, stripPath: strip, httpsRedirectStatusCode: redirect, index: 0,
        servicePath: service))
  }

  static let all: [RouteScenario] = [
    RouteScenario(
      name: "longest prefix wins",
      routes: [
        route("a", id: "f3ef8bde-817d-5a84-b4cd-13f35d3bbb53", paths: ["/a"], strip: false, service: "/@a"),
        route("ab", id: "baa24abb-0ff7-57d1-9dde-3122303c2493", paths: ["/a/b"], strip: false, service: "/@ab"),
        route("abc", id: "7f41667b-c623-56d1-8bf1-58603bdc1655", paths: ["/a/b/c"], strip: false, service: "/@abc"),
        route("root", id: "931a7906-ec5b-58f8-8c38-cd92bdf1cf04", paths: ["/"], strip: false, service: "/@root"),
      ],
      requests: [
        .init(target: "/a/", outcome: .upstream(route: "a", target: "/@a/a/", prefix: nil)),
        .init(target: "/ab", outcome: .upstream(route: "a", target: "/@a/ab", prefix: nil)),
        .init(target: "/a/bc", outcome: .upstream(route: "ab", target: "/@ab/a/bc", prefix: nil)),
        .init(target: "/a/b/c/d", outcome: .upstream(route: "abc", target: "/@abc/a/b/c/d", prefix: nil)),
        .init(target: "/zzz", outcome: .upstream(route: "root", target: "/@root/zzz", prefix: nil)),
      ]),
    RouteScenario(
      name: "a regex path beats a longer plain prefix",
      routes: [
        route("p", id: "2b6004ea-2d70-53b7-9104-27ab31332590", paths: ["/v/long/prefix"], strip: false, service: "/@p"),
        route("re", id: "b2204ae3-d6b5-5155-ac04-93bcc95f46b0", paths: ["~/v/l.*"], strip: false, service: "/@re"),
        route("p0", id: "42d65c29-794f-54d1-937d-f0ea1c431aa6", paths: ["/v"], strip: false, service: "/@p0"),
      ],
      requests: [
        .init(target: "/v/long/prefix/x", outcome: .upstream(route: "re", target: "/@re/v/long/prefix/x", prefix: nil)),
        .init(target: "/v/other", outcome: .upstream(route: "p0", target: "/@p0/v/other", prefix: nil)),
      ]),
    RouteScenario(
      name: "regex_priority, higher first",
      routes: [
        route(
          "lo", id: "1e9ec88b-d763-553a-a0d1-54b558f0c5c2", paths: ["~/r/\\d+"], regexPriority: 1, strip: false,
          service: "/@lo"),
        route(
          "hi", id: "e055d1d8-bbbb-5b05-bd08-180304b30147", paths: ["~/r/.*"], regexPriority: 10, strip: false,
          service: "/@hi"),
        route(
          "mid", id: "3ef2d71e-5e77-55ef-8899-af8b0c2af787", paths: ["~/r/\\d+/x$"], regexPriority: 5, strip: false,
          service: "/@mid"),
      ],
      requests: [
        .init(target: "/r/abc", outcome: .upstream(route: "hi", target: "/@hi/r/abc", prefix: nil)),
        .init(target: "/r/", outcome: .upstream(route: "hi", target: "/@hi/r/", prefix: nil)),
      ]),
    RouteScenario(
      name: "equal regex_priority: tie by created_at",
      routes: [
        route(
          "early", id: "3d7a0815-fd13-5e5d-80a7-533752859db6", paths: ["~/t/[a-z]+"], strip: false, service: "/@early"),
        route(
          "late", id: "daf418c7-9ad0-5b38-872a-652201d1136a", paths: ["~/t/[a-z0-9]+"], strip: false, service: "/@late"),
      ],
      requests: [
        .init(target: "/t/abc", outcome: .upstream(route: "late", target: "/@late/t/abc", prefix: nil))
      ]),
    RouteScenario(
      name: "tie of two regex routes of different length: low id is older",
      routes: [
        route(
          "low-id", id: "11111111-1111-4111-8111-111111111111", paths: ["~/tie/[a-z]+"], strip: false,
          service: "/@low-id"),
        route(
          "high-id", id: "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee", paths: ["~/tie/.+"], strip: false, service: "/@high-id"
        ),
      ],
      requests: [
        .init(target: "/tie/x", outcome: .upstream(route: "high-id", target: "/@high-id/tie/x", prefix: nil))
      ]),
    RouteScenario(
      name: "tie of two equal routes: low id is newer",
      routes: [
        route("low-id", id: "11111111-1111-4111-8111-111111111111", paths: ["/tie"], strip: false, service: "/@low-id"),
        route(
          "high-id", id: "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee", paths: ["/tie"], strip: false, service: "/@high-id"),
      ],
      requests: [
        .init(target: "/tie/x", outcome: .upstream(route: "high-id", target: "/@high-id/tie/x", prefix: nil))
      ]),
    RouteScenario(
      name: "tie of two regex routes of different length: same created_at",
      routes: [
        route(
          "low-id", id: "11111111-1111-4111-8111-111111111111", paths: ["~/tie/[a-z]+"], strip: false,
          service: "/@low-id"),
        route(
          "high-id", id: "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee", paths: ["~/tie/.+"], strip: false, service: "/@high-id"
        ),
      ],
      requests: [
        .init(target: "/tie/x", outcome: .upstream(route: "high-id", target: "/@high-id/tie/x", prefix: nil))
      ]),
    RouteScenario(
      name: "left against right wildcard host, left has the higher id",
      routes: [
        route(
          "low-id", id: "11111111-1111-4111-8111-111111111111", hosts: ["api.*"], strip: false, service: "/@low-id"),
        route(
          "high-id", id: "eeeeeeee-eeee-4eee-8eee-eeeeeeeeeeee", hosts: ["*.w.test"], strip: false, service: "/@high-id"
        ),
      ],
      requests: [
        .init(target: "/", host: "api.w.test", outcome: .upstream(route: "high-id", target: "/@high-id", prefix: nil))
      ]),
    RouteScenario(
      name: "exact match with an anchored regex",
      routes: [
        route("ex", id: "8d4a52bc-c5ce-57fb-b5b9-833aa483be5e", paths: ["~/exact$"], strip: false, service: "/@ex"),
        route("pre", id: "54213085-2e70-5b79-83c4-6db40149559d", paths: ["/exact"], strip: false, service: "/@pre"),
      ],
      requests: [
        .init(target: "/exact", outcome: .upstream(route: "ex", target: "/@ex/exact", prefix: nil)),
        .init(target: "/exact/", outcome: .upstream(route: "pre", target: "/@pre/exact/", prefix: nil)),
        .init(target: "/exact/more", outcome: .upstream(route: "pre", target: "/@pre/exact/more", prefix: nil)),
        .init(target: "/exact?x=1", outcome: .upstream(route: "ex", target: "/@ex/exact?x=1", prefix: nil)),
        .init(target: "/exactly", outcome: .upstream(route: "pre", target: "/@pre/exactly", prefix: nil)),
      ]),
    RouteScenario(
      name: "regex strip removes the matched part only",
      routes: [
        route("re", id: "b2204ae3-d6b5-5155-ac04-93bcc95f46b0", paths: ["~/st/\\d+"], service: "/@re")
      ],
      requests: [
        .init(target: "/st/12abc", outcome: .upstream(route: "re", target: "/@re/abc", prefix: "/st/12"))
      ]),
    RouteScenario(
      name: "case-insensitive regex flag",
      routes: [
        route("ci", id: "81b473ea-0388-5d95-a63f-3017b93591cd", paths: ["~/(?i:CaSe)/x"], strip: false, service: "/@ci")
      ],
      requests: [
        .init(target: "/case/x", outcome: .upstream(route: "ci", target: "/@ci/case/x", prefix: nil)),
        .init(target: "/CASE/X/y", outcome: .none),
      ]),
    RouteScenario(
      name: "several paths in one route, strip uses the one that matched",
      routes: [
        route(
          "multi", id: "ae884054-9f37-5a38-97ad-e5534eb8d302", paths: ["/m1", "/m2/longer", "~/m3/\\w+$"],
          service: "/@multi")
      ],
      requests: [
        .init(target: "/m2/longer/x", outcome: .upstream(route: "multi", target: "/@multi/x", prefix: "/m2/longer")),
        .init(target: "/m3/abc", outcome: .upstream(route: "multi", target: "/@multi", prefix: "/m3/abc")),
      ]),
    RouteScenario(
      name: "hosts: exact, left wildcard, right wildcard, ports",
      routes: [
        route("ex", id: "8d4a52bc-c5ce-57fb-b5b9-833aa483be5e", hosts: ["example.test"], strip: false, service: "/@ex"),
        route(
          "wl", id: "42931174-5772-5e4a-a4a0-40f8027e1a29", hosts: ["*.example.test"], strip: false, service: "/@wl"),
        route("wr", id: "93598da5-983a-5a52-bf1c-ec3a3731a22e", hosts: ["api.*"], strip: false, service: "/@wr"),
        route(
          "port", id: "21eda877-20f4-5266-acbb-933964b4706f", hosts: ["port.test:8000"], strip: false, service: "/@port"
        ),
        route(
          "anyport", id: "958f536a-1172-5536-8c69-882885b968f5", hosts: ["other.test"], strip: false,
          service: "/@anyport"),
      ],
      requests: [
        .init(target: "/", host: "example.test", outcome: .upstream(route: "ex", target: "/@ex", prefix: nil)),
        .init(target: "/", host: "a.example.test", outcome: .upstream(route: "wl", target: "/@wl", prefix: nil)),
        .init(target: "/", host: "api.example.test", outcome: .upstream(route: "wr", target: "/@wr", prefix: nil)),
        .init(target: "/", host: "port.test", outcome: .upstream(route: "port", target: "/@port", prefix: nil)),
        .init(target: "/", host: "port.test:1234", outcome: .none),
        .init(
          target: "/", host: "other.test:9999", outcome: .upstream(route: "anyport", target: "/@anyport", prefix: nil)),
        .init(
          target: "/", host: "other.test:8000", outcome: .upstream(route: "anyport", target: "/@anyport", prefix: nil)),
      ]),
    RouteScenario(
      name: "more matched attributes beat a longer path",
      routes: [
        route(
          "hostonly", id: "b61bb574-991d-53a4-8b42-109cb5af4826", hosts: ["h.test"], strip: false, service: "/@hostonly"
        ),
        route(
          "pathonly", id: "f8f78587-1080-5f11-8dd0-520e665380cc", paths: ["/deep/path"], strip: false,
          service: "/@pathonly"),
        route(
          "both", id: "a969aace-45ad-543f-a1b2-706482ff8bc9", hosts: ["h.test"], paths: ["/d"], strip: false,
          service: "/@both"),
      ],
      requests: [
        .init(
          target: "/deep/path", host: "h.test",
          outcome: .upstream(route: "both", target: "/@both/deep/path", prefix: nil)),
        .init(target: "/d", host: "z.test", outcome: .none),
      ]),
    RouteScenario(
      name: "plain host beats wildcard host",
      routes: [
        route(
          "wild", id: "2982b5e4-9678-5bef-9ad0-a91b237916b5", hosts: ["*.t.test"], paths: ["/a"], strip: false,
          service: "/@wild"),
        route(
          "plain", id: "288d4164-d6e7-5b7d-8e98-2b6e078780fc", hosts: ["x.t.test"], paths: ["/a"], strip: false,
          service: "/@plain"),
        route(
          "wildlong", id: "a73dcf01-5217-5aeb-b667-9367a651f115", hosts: ["*.t.test"], paths: ["/a/b"], strip: false,
          service: "/@wildlong"),
      ],
      requests: [
        .init(target: "/a", host: "x.t.test", outcome: .upstream(route: "plain", target: "/@plain/a", prefix: nil)),
        .init(target: "/a", host: "y.t.test", outcome: .upstream(route: "wild", target: "/@wild/a", prefix: nil)),
        .init(target: "/a/b", host: "x.t.test", outcome: .upstream(route: "plain", target: "/@plain/a/b", prefix: nil)),
        .init(
          target: "/a/b", host: "y.t.test", outcome: .upstream(route: "wildlong", target: "/@wildlong/a/b", prefix: nil)
        ),
      ]),
    RouteScenario(
      name: "methods",
      routes: [
        route(
          "get", id: "b49744cb-b9d2-5318-9170-bc9892d59103", methods: ["GET"], paths: ["/m"], strip: false,
          service: "/@get"),
        route(
          "post", id: "53259771-e3ed-5b57-b1ca-be5502eaaca5", methods: ["POST", "PUT"], paths: ["/m"], strip: false,
          service: "/@post"),
        route("all", id: "ee406ca5-f375-5642-b717-d5ee48a72414", paths: ["/m"], strip: false, service: "/@all"),
        route(
          "custom", id: "e0236b8c-19b8-5feb-bb77-3253fbcdc35e", methods: ["PURGE"], paths: ["/c"], strip: false,
          service: "/@custom"),
      ],
      requests: [
        .init(method: "POST", target: "/m", outcome: .upstream(route: "post", target: "/@post/m", prefix: nil)),
        .init(method: "PUT", target: "/m", outcome: .upstream(route: "post", target: "/@post/m", prefix: nil)),
        .init(method: "HEAD", target: "/m", outcome: .upstream(route: "all", target: "/@all/m", prefix: nil)),
        .init(method: "PURGE", target: "/c", outcome: .upstream(route: "custom", target: "/@custom/c", prefix: nil)),
        .init(method: "PATCH", target: "/m", outcome: .upstream(route: "all", target: "/@all/m", prefix: nil)),
      ]),
    RouteScenario(
      name: "method only route",
      routes: [
        route(
          "mo", id: "1b3404de-48c3-51bd-b062-1793e187c920", methods: ["TRACE", "CONNECT", "GET"], strip: false,
          service: "/@mo")
      ],
      requests: [
        .init(target: "/anything", outcome: .upstream(route: "mo", target: "/@mo/anything", prefix: nil)),
        .init(method: "POST", target: "/x", outcome: .none),
      ]),
    RouteScenario(
      name: "header routes incl. regex",
      routes: [
        route(
          "h1", id: "d82dbb93-384f-5ef8-a6ca-52816f387fd2", paths: ["/h"],
          headers: [.init(name: "x-ver", values: ["1", "one"])], strip: false, service: "/@h1"),
        route(
          "h2", id: "877e7235-9759-5a79-83be-501d451b92c0", paths: ["/h"],
          headers: [.init(name: "X-Ver", values: ["2"]), .init(name: "x-env", values: ["prod"])], strip: false,
          service: "/@h2"),
        route(
          "re", id: "b2204ae3-d6b5-5155-ac04-93bcc95f46b0", paths: ["/h"],
          headers: [.init(name: "x-ver", values: ["~*^v[0-9]+$"])], strip: false, service: "/@re"),
        route("none", id: "8bbc2979-5907-54ba-bd5d-45db79e71d67", paths: ["/h"], strip: false, service: "/@none"),
      ],
      requests: [
        .init(
          target: "/h", headers: [("X-VER", "ONE")], outcome: .upstream(route: "h1", target: "/@h1/h", prefix: nil)),
        .init(
          target: "/h", headers: [("x-ver", "2")], outcome: .upstream(route: "none", target: "/@none/h", prefix: nil)),
        .init(
          target: "/h", headers: [("x-ver", "2"), ("x-env", "prod")],
          outcome: .upstream(route: "h2", target: "/@h2/h", prefix: nil)),
        .init(
          target: "/h", headers: [("x-ver", "2"), ("x-env", "PROD")],
          outcome: .upstream(route: "h2", target: "/@h2/h", prefix: nil)),
        .init(
          target: "/h", headers: [("x-ver", "v12")], outcome: .upstream(route: "re", target: "/@re/h", prefix: nil)),
        .init(
          target: "/h", headers: [("x-ver", "v")], outcome: .upstream(route: "none", target: "/@none/h", prefix: nil)),
        .init(
          target: "/h", headers: [("X-Ver", "zzz"), ("x-ver", "1")],
          outcome: .upstream(route: "h1", target: "/@h1/h", prefix: nil)),
      ]),
    RouteScenario(
      name: "a route with a header beats one with a path",
      routes: [
        route(
          "ho", id: "7ae4f4fc-3c23-55ce-833e-99b85b0fa986", headers: [.init(name: "x-only", values: ["a"])],
          strip: false, service: "/@ho"),
        route("p", id: "2b6004ea-2d70-53b7-9104-27ab31332590", paths: ["/p"], strip: false, service: "/@p"),
      ],
      requests: [
        .init(target: "/p", headers: [("x-only", "a")], outcome: .upstream(route: "ho", target: "/@ho/p", prefix: nil)),
        .init(target: "/q", outcome: .none),
      ]),
    RouteScenario(
      name: "protocols",
      routes: [
        route(
          "https", id: "c341d3f8-0a22-55ba-8e1c-30895e726871", protocols: [.https], paths: ["/s"], strip: false,
          service: "/@https"),
        route(
          "both", id: "a969aace-45ad-543f-a1b2-706482ff8bc9", protocols: [.http, .https], paths: ["/b"], strip: false,
          service: "/@both"),
        route(
          "http", id: "bda99cd2-8b1a-5aa7-90b7-aab8d0d34f6f", protocols: [.http], paths: ["/h"], strip: false,
          service: "/@http"),
        route(
          "sni", id: "82cde362-546d-5971-92c6-e167bb854d1d", protocols: [.https], paths: ["/sni"], snis: ["a.test"],
          strip: false, service: "/@sni"),
        route(
          "nosni", id: "7ef6eaf6-33c5-53bc-928d-c998b3813569", protocols: [.http, .https], paths: ["/sni"],
          strip: false, service: "/@nosni"),
      ],
      requests: [
        .init(target: "/b", outcome: .upstream(route: "both", target: "/@both/b", prefix: nil)),
        .init(target: "/h", outcome: .upstream(route: "http", target: "/@http/h", prefix: nil)),
        .init(target: "/sni", outcome: .refused(status: 426)),
        .init(target: "/s", isTLS: true, outcome: .upstream(route: "https", target: "/@https/s", prefix: nil)),
        .init(target: "/sni", isTLS: true, outcome: .upstream(route: "nosni", target: "/@nosni/sni", prefix: nil)),
      ]),
    RouteScenario(
      name: "https_redirect_status_code 307",
      routes: [
        route(
          "r", id: "da7ba03a-f1be-52d4-8a7e-c8f32640689a", protocols: [.https], paths: ["/red"], strip: false,
          redirect: 307, service: "/@r")
      ],
      requests: [
        .init(target: "/red/x?y=1&z=%20", host: "redirect.test", outcome: .refused(status: 307))
      ]),
    RouteScenario(
      name: "preserve_host",
      routes: [
        route("ph", id: "c9666091-669d-58e3-b729-999aec5ca857", paths: ["/ph"], service: ""),
        route("np", id: "4578f028-0ed6-5b2a-b932-141c44c0e292", paths: ["/np"], service: ""),
      ],
      requests: [
        .init(target: "/ph", host: "client.test", outcome: .upstream(route: "ph", target: "/", prefix: "/ph")),
        .init(target: "/ph", host: "client.test:8000", outcome: .upstream(route: "ph", target: "/", prefix: "/ph")),
        .init(target: "/np", host: "client.test", outcome: .upstream(route: "np", target: "/", prefix: "/np")),
        .init(target: "/np", host: "client.test:8888", outcome: .upstream(route: "np", target: "/", prefix: "/np")),
      ]),
    RouteScenario(
      name: "path normalisation and percent-encoding",
      routes: [
        route("norm", id: "2dfa3f6f-b7cd-5dab-9777-1479cadb096f", paths: ["/a/b"], service: "/@norm"),
        route("space", id: "5653ef35-6e21-5cc4-bf6a-371fa42522a4", paths: ["/with space"], service: "/@space"),
        route("uni", id: "1c115cc5-4e1d-5b2c-88dc-0f7737d2142f", paths: ["/café"], service: "/@uni"),
        route("tilde", id: "003eb911-4f29-5a5b-84b2-e9f6cff54415", paths: ["/~t"], service: "/@tilde"),
        route(
          "semi", id: "a029efab-a6d0-5e28-a264-36e36c089104", paths: ["/semi;v=1"], strip: false, service: "/@semi"),
        route("root", id: "931a7906-ec5b-58f8-8c38-cd92bdf1cf04", paths: ["/root"], strip: false, service: "/@root"),
        route(
          "slash", id: "8011cd56-6a8f-5e57-bafc-1089b496200c", paths: ["/enc%2Fslash"], strip: false, service: "/@slash"
        ),
        route("plus", id: "8a5220e2-a6b9-5772-8a72-b8ad5edc6de5", paths: ["/pl+us"], strip: false, service: "/@plus"),
        route("lit", id: "87f3d8a8-8df1-5ed3-bf2c-00fbe0efa073", paths: ["/api/v1.0"], strip: false, service: "/@lit"),
      ],
      requests: [
        .init(target: "//a/b/x", outcome: .upstream(route: "norm", target: "/@norm/x", prefix: "/a/b")),
        .init(target: "/a/b/../b/x", outcome: .upstream(route: "norm", target: "/@norm/x", prefix: "/a/b")),
        .init(target: "/a/b/.", outcome: .upstream(route: "norm", target: "/@norm/", prefix: "/a/b")),
        .init(target: "/a%2Fb/x", outcome: .none),
        .init(target: "/a/b/%2f/x", outcome: .upstream(route: "norm", target: "/@norm/%2F/x", prefix: "/a/b")),
        .init(target: "/a/b/%7Ex", outcome: .upstream(route: "norm", target: "/@norm/~x", prefix: "/a/b")),
        .init(target: "/%7Et/x", outcome: .upstream(route: "tilde", target: "/@tilde/x", prefix: "/~t")),
        .init(target: "/~t/x", outcome: .upstream(route: "tilde", target: "/@tilde/x", prefix: "/~t")),
        .init(
          target: "/with%20space/y", outcome: .upstream(route: "space", target: "/@space/y", prefix: "/with space")),
        .init(target: "/caf%C3%A9/x", outcome: .upstream(route: "uni", target: "/@uni/x", prefix: "/café")),
        .init(target: "/café/x", outcome: .upstream(route: "uni", target: "/@uni/x", prefix: "/café")),
        .init(target: "/semi;v=1/x", outcome: .upstream(route: "semi", target: "/@semi/semi;v=1/x", prefix: nil)),
        .init(target: "/semi%3Bv=1/x", outcome: .none),
        .init(target: "/a/b;x/y", outcome: .upstream(route: "norm", target: "/@norm/;x/y", prefix: "/a/b")),
        .init(target: "/a/b/%3Fq", outcome: .upstream(route: "norm", target: "/@norm/%3Fq", prefix: "/a/b")),
        .init(target: "/a/b/%23h", outcome: .upstream(route: "norm", target: "/@norm/%23h", prefix: "/a/b")),
        .init(target: "/a/b/%25", outcome: .upstream(route: "norm", target: "/@norm/%25", prefix: "/a/b")),
        .init(target: "/a/b/%252F", outcome: .upstream(route: "norm", target: "/@norm/%252F", prefix: "/a/b")),
        .init(target: "/a/b/x%00y", outcome: .malformed),
        .init(target: "/a/b/%zz", outcome: .malformed),
        .init(target: "/a/b/../../root/x", outcome: .upstream(route: "root", target: "/@root/root/x", prefix: nil)),
        .init(target: "/root/%2e%2e/a/b/x", outcome: .upstream(route: "norm", target: "/@norm/x", prefix: "/a/b")),
        .init(target: "/enc%2fslash", outcome: .upstream(route: "slash", target: "/@slash/enc%2Fslash", prefix: nil)),
        .init(target: "/api/v1.0/x", outcome: .upstream(route: "lit", target: "/@lit/api/v1.0/x", prefix: nil)),
        .init(
          target: "/a/b/[x]{y}|z", outcome: .upstream(route: "norm", target: "/@norm/[x]%7By%7D%7Cz", prefix: "/a/b")),
        .init(target: "/a/b/x\\y", outcome: .upstream(route: "norm", target: "/@norm/x%5Cy", prefix: "/a/b")),
        .init(
          target: "/a/b/\"<>^`", outcome: .upstream(route: "norm", target: "/@norm/%22%3C%3E%5E%60", prefix: "/a/b")),
        .init(target: "/a/b?a=b?c=d", outcome: .upstream(route: "norm", target: "/@norm?a=b?c=d", prefix: "/a/b")),
        .init(target: "/a/b#frag", outcome: .upstream(route: "norm", target: "/@norm/#frag", prefix: "/a/b")),
        .init(target: "/a/b?x=é", outcome: .upstream(route: "norm", target: "/@norm?x=é", prefix: "/a/b")),
      ]),
    RouteScenario(
      name: "absolute-form target",
      routes: [
        route(
          "abs", id: "992d7ead-ed11-58f5-92f9-1b151b9397dd", hosts: ["abs.test"], paths: ["/p"], strip: false,
          service: "/@abs"),
        route(
          "other", id: "da3352ef-253d-5367-9b7a-35f3f625f4ef", hosts: ["other.test"], paths: ["/p"], strip: false,
          service: "/@other"),
      ],
      requests: [
        .init(
          target: "/p/x?y=1", host: "abs.test", outcome: .upstream(route: "abs", target: "/@abs/p/x?y=1", prefix: nil)),
        .init(target: "/p", host: "other.test", outcome: .upstream(route: "other", target: "/@other/p", prefix: nil)),
        .init(target: "/p", host: "other.test", outcome: .upstream(route: "other", target: "/@other/p", prefix: nil)),
      ]),
    RouteScenario(
      name: "no routes at all",
      routes: [],
      requests: [
        .init(target: "/", outcome: .none)
      ]),
    RouteScenario(
      name: "priority between attribute kinds",
      routes: [
        route(
          "mp", id: "60101574-9eea-514d-a190-9f0da6372084", methods: ["GET"], paths: ["/z"], strip: false,
          service: "/@mp"),
        route(
          "hp", id: "91e1c544-7537-52a8-84ee-4cb23d300965", hosts: ["z.test"], paths: ["/z"], strip: false,
          service: "/@hp"),
        route(
          "hd", id: "09f412f7-3018-5073-9467-742522c79451", paths: ["/z"], headers: [.init(name: "x-a", values: ["1"])],
          strip: false, service: "/@hd"),
        route(
          "hhd", id: "ba092bd8-8855-5766-9a25-a33da5209a37", paths: ["/z"],
          headers: [.init(name: "x-a", values: ["1"]), .init(name: "x-b", values: ["2"])], strip: false,
          service: "/@hhd"),
        route(
          "all", id: "ee406ca5-f375-5642-b717-d5ee48a72414", methods: ["POST"], hosts: ["z.test"], paths: ["/z"],
          headers: [.init(name: "x-a", values: ["1"])], strip: false, service: "/@all"),
      ],
      requests: [
        .init(
          target: "/z", host: "z.test", headers: [("x-a", "1")],
          outcome: .upstream(route: "hp", target: "/@hp/z", prefix: nil)),
        .init(
          method: "POST", target: "/z", host: "z.test", outcome: .upstream(route: "hp", target: "/@hp/z", prefix: nil)),
      ]),
    RouteScenario(
      name: "regex path with wildcard host against plain host",
      routes: [
        route(
          "re", id: "b2204ae3-d6b5-5155-ac04-93bcc95f46b0", hosts: ["*.q.test"], paths: ["~/q/.+"], strip: false,
          service: "/@re"),
        route(
          "pl", id: "f5b3603d-7b54-5608-b83f-9dbe81ece3d4", hosts: ["a.q.test"], paths: ["/q/x"], strip: false,
          service: "/@pl"),
        route(
          "re2", id: "7a21a5a0-c0a1-515d-9c27-2f45b33e37b9", hosts: ["a.q.test"], paths: ["~/q/x"], strip: false,
          service: "/@re2"),
      ],
      requests: [
        .init(target: "/q/xy", host: "a.q.test", outcome: .upstream(route: "re2", target: "/@re2/q/xy", prefix: nil))
      ]),
    RouteScenario(
      name: "service path '/base%20x'",
      routes: [
        route("r", id: "da7ba03a-f1be-52d4-8a7e-c8f32640689a", paths: ["/x"], service: "/base%20x")
      ],
      requests: [
        .init(target: "/x", outcome: .upstream(route: "r", target: "/base%20x", prefix: "/x"))
      ]),
    RouteScenario(
      name: "service path '/a/../b'",
      routes: [
        route("r", id: "da7ba03a-f1be-52d4-8a7e-c8f32640689a", paths: ["/x"], service: "/a/../b")
      ],
      requests: [
        .init(target: "/x", outcome: .upstream(route: "r", target: "/a/../b", prefix: "/x"))
      ]),
  ]
}
