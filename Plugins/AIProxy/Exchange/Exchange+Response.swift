import JSON

/// `header_filter` and `body_filter`: what the client gets.
extension Exchange {
  /// The response's head is there.
  /// - Parameters:
  ///   - status: what the client would see.
  ///   - upstreamStatus: what the upstream answered; 0 if the response is not the upstream's.
  ///   - isCompressed: the body has a content coding.
  ///   - isGzip: it is this one; see ``decoder``.
  ///   - isEvents: whether the body is a stream of events, if its type says so.
  /// - Returns: header fields to set.
  func responseHead(
    status: Int, upstreamStatus: Int, isCompressed: Bool, isGzip: Bool = false, isEvents: Bool? = nil, now: UInt64
  ) -> [LocalResponse.Header] {
    if isGzip, canDecode(upstreamStatus: upstreamStatus) { decoder = Held(GzipDecoder()) }
    let isCompressed = isCompressed && decoder == nil
    if case .untouched = path { return [] }
    guard isForwarded else {
      path = .untouched
      return []
    }
    self.upstreamStatus = upstreamStatus
    isGatewaysAnswer = upstreamStatus == 0
    let isGood = (200...299).contains(upstreamStatus)
    if isGood, let isEvents, isEvents != request.isStream, plan == Self.passingChat { plan.answer = .chat }
    if plan.answer == .relay || plan.answer == .opaque, upstreamStatus != 0 || configuration.clientFormat == .openai,
      !(request.wantsBase64 && isGood)
    {
      guard isGood, !isCompressed, plan.answer == .relay else {
        // An error passes as it is worded, but not a key that it names.
        path = isGood || isCompressed || upstreamStatus == 0 ? .untouched : .relayedError([])
        if isGood { keepAnswer() }
        return isGood ? modelHeader : []
      }
      path = .openAI(Held(relay))
      // Its silence matters as long as there may be another attempt.
      isStreaming = request.isStream && retained != nil
      return modelHeader
    }
    if upstreamStatus == 0, configuration.clientFormat == .openai {
      // The gateway's own words, as Kong's.
      path = .untouched
      return []
    }
    guard isGood, !isCompressed else {
      if isGatewaysAnswer { self.upstreamStatus = status }
      if isCompressed { self.upstreamStatus = 0 }
      path = .upstreamError([])
      return []
    }
    openPath()
    lastOutputTime = now
    isStreaming = request.isStream
    var headers: [LocalResponse.Header] = []
    if configuration.clientFormat == .anthropic { headers.append(.init("request-id", requestIdentifier)) }
    if request.isStream {
      headers.append(.init("content-type", "text/event-stream; charset=utf-8"))
      headers.append(.init("cache-control", "no-cache"))
      headers.append(.init("x-accel-buffering", "no"))
    } else {
      headers.append(.init("content-type", "application/json"))
    }
    if configuration.hasModelNameHeader { headers += modelHeader }
    return headers
  }

  /// A chat whose answer passes. One that came as a stream although none was asked for, or the other way round, does not:
  /// the client could not read it.
  private static let passingChat = CallPlan(dialect: .chatCompletions, route: .chat, answer: .relay)

  private var modelHeader: [LocalResponse.Header] {
    guard configuration.hasModelNameHeader else { return [] }
    return [.init("X-Kong-LLM-Model", "\(configuration.model.provider)/\(request.model)")]
  }

  private func openPath() {
    switch plan.answer {
    case .chat, .completions, .responses: path = .translated(openAITranslator())
    case .embeddings, .images: path = .whole([])
    case .relay where request.wantsBase64: path = .whole([])
    default: openAnthropicPath()
    }
  }

  private func openAnthropicPath() {
    var answer = AnthropicAnswer(
      messageIdentifier: instance.identifier("msg_"), requestIdentifier: requestIdentifier,
      model: request.requestedModel)
    answer.namesUpstreamModel = !configuration.translation.answersWithRequestedModel
    answer.showsThinking = request.showsThinking
    answer.estimatedInputTokens = request.estimatedInputTokens
    answer.toolNames = request.toolNames
    answer.webSearch = request.webSearch
    let classify = settings.classify
    if !request.isStream {
      path = .anthropicMessage(
        Held(
          AnswerTranslator(
            writer: AnthropicMessageWriter(answer, json: instance.json), json: instance.json, dialect: plan.dialect,
            options: options, classify: classify)))
    } else if configuration.logging.logsPayloads {
      path = .anthropicRecordedStream(
        Held(
          AnswerTranslator(
            writer: RecordingWriter(
              AnthropicStreamWriter(answer), recorder: AnthropicMessageWriter(answer, json: instance.json)),
            json: instance.json, dialect: plan.dialect, options: options, classify: classify)))
    } else {
      path = .anthropicStream(
        Held(
          AnswerTranslator(
            writer: AnthropicStreamWriter(answer), json: instance.json, dialect: plan.dialect, options: options,
            classify: classify)))
    }
  }

  var options: AnswerOptions {
    AnswerOptions(
      acceptsMissingFinishReason: configuration.translation.acceptsMissingFinishReason,
      findsInlineThinking: configuration.translation.findsInlineThinking)
  }

  // MARK: body_filter

  /// A piece of the response's body.
  /// - Parameters:
  ///   - isLast: nothing follows.
  ///   - isTruncated: with `isLast`: the upstream's connection broke before the body's end.
  func responsePiece(
    _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool = false, now: UInt64
  ) -> PieceAction {
    guard let decoder else { return plainPiece(bytes, isLast: isLast, isTruncated: isTruncated, now: now) }
    return compressedPiece(decoder, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
  }

  /// As ``responsePiece(_:isLast:isTruncated:now:)``, of what the upstream said, however it was written.
  func plainPiece(
    _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool, now: UInt64
  ) -> PieceAction {
    // By far the most pieces are events of this kind: for them the path is not taken out, which copies it.
    if case .anthropicStream(let translator) = path {
      return translate(&translator.value, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
    }
    // What has no place of its own is taken out while it works, so that its state is not copied.
    var current = AnswerPath.none
    swap(&current, &path)
    defer { swap(&current, &path) }
    switch current {
    case .none, .untouched:
      current = .untouched
      if configuration.logging.logsPayloads, isForwarded, plan.answer != .opaque { recordPassing(bytes) }
      return .pass
    case .upstreamError(var body):
      current = .none
      if body.count + bytes.count <= Self.errorBodyLimit { body.append(bytes) }
      guard isLast else {
        current = .upstreamError(body)
        return .replace
      }
      endTime = now
      current = .untouched
      let response = failureResponse(failure(body))
      recordFailure(response)
      guard canBeCorrected, retained != nil, target != nil else { return .respond(response) }
      canBeCorrected = false
      isCorrected = true
      endTime = nil
      return .askAgain(response, after: 0)
    case .relayedError(var body):
      current = .none
      body.append(bytes)
      let isComplete = isLast || body.count > Self.errorBodyLimit
      if isComplete {
        endTime = now
        output = Redaction.redact(body)
        if configuration.logging.logsPayloads { recordedBody = output }
      }
      current = isComplete ? .untouched : .relayedError(body)
      return .replace
    case .openAI(let relay):
      return relayPiece(&relay.value, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
    case .translated(var translator):
      current = .none
      let action = translate(&translator, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
      current = .translated(translator)
      return action
    case .whole(var body):
      current = .none
      if body.count + bytes.count <= options.limit { body.append(bytes) }
      current = isLast ? .untouched : .whole(body)
      return isLast ? finishWhole(body, now: now) : .replace
    case .anthropicStream(let translator):
      return translate(&translator.value, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
    case .anthropicRecordedStream(let translator):
      return translate(&translator.value, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
    case .anthropicMessage(let translator):
      return translate(&translator.value, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
    }
  }

  /// What is to be sent to the client; empties it. To be given back with ``recycle(_:)``, so that its memory serves again.
  func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Takes a buffer back that ``takeOutput()`` gave: the next request of the instance writes into it.
  func recycle(_ buffer: consuming [UInt8]) {
    guard buffer.capacity > instance.buffer.capacity, buffer.capacity <= 65536 else { return }
    buffer.removeAll(keepingCapacity: true)
    instance.buffer = buffer
  }

  private static let errorBodyLimit = 1 << 20

  /// What passes without a look at it, the upstream's errors above all, belongs into the log as any answer does.
  private func recordPassing(_ bytes: borrowing Span<UInt8>) {
    var body = recordedBody ?? []
    recordedBody = nil
    if body.count + bytes.count <= Self.errorBodyLimit { body.append(bytes) }
    recordedBody = body
  }

  private func recordFailure(_ response: LocalResponse) {
    if configuration.logging.logsPayloads { recordedBody = response.body }
  }

  func failureResponse(_ failure: Failure) -> LocalResponse {
    .failure(failure, format: configuration.clientFormat, requestIdentifier: requestIdentifier)
  }

  private func failure(_ body: [UInt8]) -> Failure {
    if isGatewaysAnswer, let failure = UnreachableUpstream.failure(body, host: endpoint?.host ?? "") { return failure }
    switch upstreamStatus {
    case 0: return Failure(.api, "The upstream compressed its answer although it was asked not to.", status: 502)
    case 300...399: return Failure(.api, "The upstream answered with a redirection (\(upstreamStatus)).", status: 502)
    default:
      var failure = settings.driver.classify(
        UpstreamErrorReader.read(status: upstreamStatus, body: body, json: instance.json))
      if upstreamStatus == 400, instance.learn(from: failure, request: request) { canBeCorrected = !isCorrected }
      // A bad gateway is one for the client too: it is retried like any 5xx.
      if upstreamStatus == 502 { failure.status = 502 }
      if let retryAfter { failure.retryAfter = retryAfter }
      return failure
    }
  }

  private func translate<Translator: AnswerTranslating>(
    _ translator: inout Translator, _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool,
    now: UInt64
  ) -> PieceAction {
    let hadEnded = translator.isEnded
    // Never with bytes of this request in it: they would go to another's client.
    if translator.output.isEmpty { translator.swapOutput(&instance.buffer) }
    if !bytes.isEmpty {
      lastPieceTime = now
      translator.receive(bytes)
    }
    // The gateway's own deadline may have run out before ours.
    if isTruncated, fellSilent(now: now) { translator.fail(Self.silence) }
    if isLast { translator.finish(isComplete: !isTruncated) }
    if firstTokenTime == nil, translator.writer.hasToken { firstTokenTime = now }
    if finishTime == nil, translator.writer.finishReason != nil { finishTime = now }
    if translator.isEnded {
      isStreaming = false
      if !hadEnded { endTime = now }
      completionTime = isLast || translator.failure != nil ? nil : completionTime ?? now
    }
    if let failure = translator.failure {
      endTime = now
      if hadEnded { return .replace }
      let response = failureResponse(failure)
      recordFailure(response)
      if case .wait(let delay) = answerFailed(failure, now: now) { return .askAgain(response, after: delay) }
      return .respond(response)
    }
    move(&translator, now: now)
    if translator.hasFailed, !hadEnded { noteBrokenAnswer(now: now) }
    // An answer that was complete is no less so when the connection breaks behind it.
    let isCut = isTruncated && translator.isEnded
    return translator.hasFailed || isCut ? .end : .replace
  }

  private func relayPiece(
    _ relay: inout OpenAIAnswerRelay, _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool, now: UInt64
  ) -> PieceAction {
    if !bytes.isEmpty {
      lastPieceTime = now
      relay.receive(bytes)
    }
    if isLast {
      relay.finish()
      endTime = now
    }
    if firstTokenTime == nil, relay.observer.hasToken { firstTokenTime = now }
    let hasOutput = relay.isFiltering ? !relay.output.isEmpty : !bytes.isEmpty
    if retained != nil, !isKept,
      let failure = failure(of: relay, hasOutput: hasOutput, isLast: isLast, isTruncated, now),
      case .wait(let delay) = answerFailed(failure, now: now)
    {
      return .askAgain(failureResponse(failure), after: delay)
    }
    if hasOutput {
      keepAnswer()
      isStreaming = false
    }
    guard relay.isFiltering else { return .pass }
    output.append(contentsOf: relay.output)
    relay.removeOutput()
    return .replace
  }

  /// What is wrong with an answer of which the client has nothing yet; `nil` if nothing is, as far as one can tell.
  private func failure(
    of relay: OpenAIAnswerRelay, hasOutput: Bool, isLast: Bool, _ isTruncated: Bool, _ now: UInt64
  ) -> Failure? {
    if let error = relay.leadingError { return settings.driver.classify(error) }
    guard isLast, !hasOutput else { return nil }
    guard isTruncated else { return Failure(.api, "The upstream's answer was empty.", status: 502) }
    return fellSilent(now: now)
      ? Self.silence : Failure(.api, "The upstream ended its answer before it was finished.", status: 502)
  }

  func move<Translator: AnswerTranslating>(_ translator: inout Translator, now: UInt64) {
    var written: [UInt8] = []
    translator.swapOutput(&written)
    if written.isEmpty {
      recycle(written)
      return
    }
    lastOutputTime = now
    keepAnswer()
    if configuration.logging.logsPayloads, !request.isStream { recordedBody = written }
    if output.isEmpty {
      output = written
    } else {
      output.append(contentsOf: written)
      recycle(written)
    }
  }
}
