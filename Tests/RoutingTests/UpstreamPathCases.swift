@testable import Routing

/// What a Kong gateway answered to the same routes and requests: the upstream path for a service path, a route path and a request.
struct UpstreamPathCase: Sendable {
  var service: String
  var route: String
  var strip: Bool
  var request: String
  /// The upstream path; nil: no route matched.
  var target: String?
  /// The part of the path that is reported as stripped; nil if there is none.
  var prefix: String?

  static let all: [UpstreamPathCase] = [
    .init(service: "", route: "/", strip: true, request: "/x", target: "/x", prefix: nil),
    .init(service: "", route: "/api", strip: true, request: "/api", target: "/", prefix: "/api"),
    .init(service: "", route: "/api", strip: true, request: "/api/", target: "/", prefix: "/api"),
    .init(service: "", route: "/api", strip: true, request: "/api/x/", target: "/x/", prefix: "/api"),
    .init(service: "", route: "/api/", strip: true, request: "/api/x", target: "/x", prefix: "/api/"),
    .init(service: "", route: "/api/", strip: true, request: "/api", target: nil, prefix: nil),
    .init(service: "/", route: "/", strip: true, request: "/", target: "/", prefix: nil),
    .init(service: "/", route: "/api", strip: true, request: "/api", target: "/", prefix: "/api"),
    .init(service: "/", route: "/api", strip: true, request: "/api/x/", target: "/x/", prefix: "/api"),
    .init(service: "/", route: "/api/", strip: true, request: "/api/", target: "/", prefix: "/api/"),
    .init(service: "/srv", route: "/", strip: true, request: "/x", target: "/srv/x", prefix: nil),
    .init(service: "/srv", route: "/", strip: true, request: "/api/", target: "/srv/api/", prefix: nil),
    .init(service: "/srv", route: "/api", strip: true, request: "/apix", target: "/srv/x", prefix: "/api"),
    .init(service: "/srv", route: "/api/", strip: true, request: "/api/", target: "/srv/", prefix: "/api/"),
    .init(service: "/srv/", route: "/", strip: true, request: "/", target: "/srv/", prefix: nil),
    .init(service: "/srv/", route: "/", strip: true, request: "/x", target: "/srv/x", prefix: nil),
    .init(service: "/srv/", route: "/", strip: true, request: "/api/", target: "/srv/api/", prefix: nil),
    .init(service: "/srv/", route: "/api", strip: true, request: "/api/", target: "/srv/", prefix: "/api"),
    .init(service: "/srv/", route: "/api", strip: true, request: "/api/x/", target: "/srv/x/", prefix: "/api"),
    .init(service: "/srv/", route: "/api/", strip: true, request: "/api/", target: "/srv/", prefix: "/api/"),
    .init(service: "", route: "/", strip: false, request: "/", target: "/", prefix: nil),
    .init(service: "", route: "/", strip: false, request: "/x", target: "/x", prefix: nil),
    .init(service: "", route: "/", strip: false, request: "/api/", target: "/api/", prefix: nil),
    .init(service: "", route: "/api", strip: false, request: "/api", target: "/api", prefix: nil),
    .init(service: "", route: "/api", strip: false, request: "/api/", target: "/api/", prefix: nil),
    .init(service: "", route: "/api", strip: false, request: "/api/x/", target: "/api/x/", prefix: nil),
    .init(service: "", route: "/api/", strip: false, request: "/api", target: nil, prefix: nil),
    .init(service: "/", route: "/", strip: false, request: "/", target: "/", prefix: nil),
    .init(service: "/", route: "/", strip: false, request: "/api/", target: "/api/", prefix: nil),
    .init(service: "/", route: "/api", strip: false, request: "/api", target: "/api", prefix: nil),
    .init(service: "/", route: "/api", strip: false, request: "/api/", target: "/api/", prefix: nil),
    .init(service: "/srv", route: "/", strip: false, request: "/x", target: "/srv/x", prefix: nil),
    .init(service: "/srv", route: "/", strip: false, request: "/api/", target: "/srv/api/", prefix: nil),
    .init(service: "/srv", route: "/api", strip: false, request: "/api", target: "/srv/api", prefix: nil),
    .init(service: "/srv", route: "/api", strip: false, request: "/api/x/", target: "/srv/api/x/", prefix: nil),
    .init(service: "/srv", route: "/api/", strip: false, request: "/api/", target: "/srv/api/", prefix: nil),
    .init(service: "/srv", route: "/api/", strip: false, request: "/api", target: nil, prefix: nil),
    .init(service: "/srv/", route: "/api", strip: false, request: "/apix", target: "/srv/apix", prefix: nil),
    .init(service: "/srv/", route: "/api/", strip: false, request: "/api", target: nil, prefix: nil),
    .init(service: "/srv", route: "/api", strip: true, request: "/apix", target: "/srv/x", prefix: "/api"),
    .init(service: "/srv/", route: "/api/", strip: true, request: "/api/x", target: "/srv/x", prefix: "/api/"),
    .init(service: "/srv", route: "/api/", strip: true, request: "/api/x", target: "/srv/x", prefix: "/api/"),
    .init(service: "/srv/", route: "/api", strip: true, request: "/api", target: "/srv", prefix: "/api"),
  ]
}
