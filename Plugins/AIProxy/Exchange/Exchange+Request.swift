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
      let settings = try instance.settings(value: value)
      var forwarded = ForwardedRequest(endpoint: try endpoint(settings.configuration, path: path))
      if configuration.routeType == .preserve {
        request.model = settings.configuration.model.name ?? Statistics.unspecified
        request.requestedModel = request.model
      } else {
        request =
          configuration.clientFormat == .anthropic
          ? try AnthropicRequestTranslator(settings: settings, json: instance.json).translate(body)
          : try OpenAIRequestTranslator(settings: settings, json: instance.json).translate(body)
        forwarded.body = Credentials.add(configuration.authentication, toBody: request.body)
        forwarded.headers.append(.init("content-type", "application/json"))
        if !configuration.logging.logsPayloads { request.body = [] }
      }
      forwarded.headers.append(.init("accept-encoding", "identity"))
      Credentials.add(configuration.authentication, hasOwn: hasOwnCredential, query: query, to: &forwarded)
      isForwarded = true
      return .forward(forwarded)
    } catch {
      endTime = now
      return .respond(refuse(error))
    }
  }

  private func endpoint(_ configuration: AIProxyConfiguration, path: String) throws(Failure) -> Endpoint {
    let options = configuration.model.options
    var result: Endpoint?
    if let url = options.upstreamURL {
      result = Endpoint(url: url)
    } else {
      let route = configuration.routeType == .preserve ? .chat : configuration.routeType
      result = instance.driver.endpoint(for: route, options: options)
      if let upstreamPath = options.upstreamPath { result?.path = upstreamPath }
    }
    guard var result else {
      throw Failure(.api, "The upstream's address is not usable: check model.options.upstream_url.", status: 500)
    }
    if configuration.routeType == .preserve { result.path = path }
    return result
  }
}
