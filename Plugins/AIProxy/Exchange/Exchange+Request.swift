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
    attemptTime = now
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
      guard let target = instance.pool.next(now: now) else {
        var failure = Failure(.overloaded, "All targets of this route are busy.")
        if configuration.clientFormat == .openai { failure.status = 503 }
        failure.retryAfter = 1
        throw failure
      }
      take(target)
      if instance.configuration.telemetry.logsAttributes {
        telemetry = Held(Telemetry(conversation: value(.headers, "x-claude-code-session-id")))
      }
      settings = try instance.settings(of: target, value: value)
      plan = instance.plan(of: target)
      if instance.configuration.resilience.retries > 0, configuration.routeType != .preserve {
        retain(body, path: path, query: query)
      }
      let name = configuration.authentication.headerName
      let hasOwn = target == 0 ? hasOwnCredential : name.map { value(.headers, $0) != nil } ?? false
      let forwarded = try forward(body, path: path, query: query, hasOwnCredential: hasOwn)
      // May have to be said in other words.
      if retained == nil, request.demandsSomeTool || request.guessesLimit { retain(body, path: path, query: query) }
      return .forward(forwarded)
    } catch {
      endTime = now
      leaveTarget()
      switch error.recordedCall {
      case .model(let name): firstModel = name
      case .configured:
        firstModel = configuration.model.name
        isProviderKnown = true
      case nil: break
      }
      return .respond(refuse(error))
    }
  }

  private func retain(_ body: borrowing Span<UInt8>, path: String, query: String) {
    var copy: [UInt8] = []
    copy.append(body)
    retained = Retained(body: copy, path: path, query: query)
  }

  /// The request for the upstream.
  func forward(
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
    if let telemetry {
      let sent = request.body
      telemetry.value.requestAttributes = GenAIRequestAttributes.read(sent.span, json: instance.json)
    }
    if !configuration.logging.logsPayloads { request.body = [] }
    forwarded.headers.append(.init("accept-encoding", "identity"))
    for header in settings.driver.headers(for: call) { forwarded.headers.append(.init(header.name, header.value)) }
    forwarded.keepsProtocolHeaders = plan.dialect == .anthropic
    let authentication = configuration.authentication
    forwarded.dropsAuthorization =
      !authentication.allowsOverride
      && (authentication.headerName.map { $0.lowercased() != "authorization" } ?? (authentication.parameterName != nil))
    var query = query
    if !forwarded.endpoint.keepsQuery || !forwarded.endpoint.query.isEmpty {
      let parts = [forwarded.endpoint.keepsQuery ? query : "", forwarded.endpoint.query]
      query = parts.filter { !$0.isEmpty }.joined(separator: "&")
      forwarded.query = query
    }
    Credentials.add(configuration.authentication, hasOwn: hasOwnCredential, query: query, to: &forwarded)
    endpoint = forwarded.endpoint
    if firstModel == nil { firstModel = request.model }
    isForwarded = true
    return forwarded
  }
}
