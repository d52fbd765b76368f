import JSON

/// The status listener: is the gateway alive, is it ready, how is it doing. It changes nothing and shows no configuration.
struct StatusAPI {
  unowned let controller: Controller

  /// Answers a request.
  func answer(_ request: ServerRequest) -> ServerResponse {
    let known = ["/", "/status", "/status/ready", "/metrics"]
    guard known.contains(request.path) else { return .notFound }
    guard ["GET", "HEAD"].contains(request.method) else {
      var response = ServerResponse.methodNotAllowed
      response.headers.append(("Allow", "GET, HEAD"))
      return response
    }
    switch request.path {
    case "/metrics":
      return ServerResponse(
        status: 200, text: StatusMetrics.text(controller.publisher.status, controller.configuration),
        type: "text/plain; version=0.0.4; charset=utf-8")
    case "/status/ready":
      let status = controller.publisher.status
      if status["ready"]?.boolean ?? true { return .message(200, "ready") }
      return .message(503, status.text("message") ?? "not ready")
    default:
      return ServerResponse(status: 200, InformationEndpoints(controller: controller).status())
    }
  }
}
