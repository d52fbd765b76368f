/// `request_body`: what goes upstream.
extension Exchange {
  /// What becomes of a request.
  enum RequestAction: Equatable {
    case forward(ForwardedRequest)
    case respond(LocalResponse)
  }

  /// The request's body is there, whole.
  /// - Parameters:
  ///   - isTooLarge: the body was larger than allowed and is not there.
  ///   - path: the request's path, for routes that keep it.
  ///   - query: the request's query, without `?`.
  ///   - hasOwnCredential: the client sent the configured auth header itself.
  ///   - value: values of the request that names in the configuration refer to.
  func requestBody(
    _ body: borrowing Span<UInt8>, isTooLarge: Bool, path: String, query: String, hasOwnCredential: Bool, now: UInt64,
    value: (ModelNameTemplate.Source, String) -> String?
  ) -> RequestAction {
    startTime = now
    isDecided = true
    do throws(Failure) {
      guard !isTooLarge else {
        throw Failure(
          .tooLarge,
          "The request body is larger than \(configuration.maximumRequestBodySize) bytes (max_request_body_size).")
      }
      if call == .countTokens {
        let count = try AnthropicTokenCount.count(body, json: instance.json)
        self.path = .untouched
        return .respond(.json(AnthropicTokenCount.body(count), requestIdentifier: requestIdentifier))
      }
      settings = try instance.settings(value: value)
      plan = instance.plan
      return .forward(try forward(body, path: path, query: query, hasOwnCredential: hasOwnCredential))
    } catch {
      endTime = now
      return .respond(refuse(error))
    }
  }

  private func forward(
    _ body: borrowing Span<UInt8>, path: String, query: String, hasOwnCredential: Bool
  ) throws(Failure) -> ForwardedRequest {
    let isPreserved = configuration.routeType == .preserve
    if isPreserved {
      request.model = configuration.model.name ?? Statistics.unspecified
      request.requestedModel = request.model
    } else {
      request = try plan.translate(body, settings: settings, json: instance.json)
    }
    let call = plan.call(request, configuration)
    var forwarded = ForwardedRequest(endpoint: try plan.endpoint(call, driver: settings.driver))
    if isPreserved {
      forwarded.endpoint.path = path
    } else if !(plan.answer == .opaque && request.body.isEmpty) {
      forwarded.body = Credentials.add(configuration.authentication, toBody: request.body)
      forwarded.headers.append(.init("content-type", "application/json"))
    }
    if !configuration.logging.logsPayloads { request.body = [] }
    forwarded.headers.append(.init("accept-encoding", "identity"))
    for header in settings.driver.headers(for: call) { forwarded.headers.append(.init(header.name, header.value)) }
    forwarded.keepsProtocolHeaders = plan.dialect == .anthropic
    var query = query
    if !forwarded.endpoint.keepsQuery || !forwarded.endpoint.query.isEmpty {
      let parts = [forwarded.endpoint.keepsQuery ? query : "", forwarded.endpoint.query]
      query = parts.filter { !$0.isEmpty }.joined(separator: "&")
      forwarded.query = query
    }
    Credentials.add(configuration.authentication, hasOwn: hasOwnCredential, query: query, to: &forwarded)
    endpoint = forwarded.endpoint
    isForwarded = true
    return forwarded
  }
}
