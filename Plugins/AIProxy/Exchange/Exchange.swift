import JSON

/// One request and its answer: what is to happen in each phase, decided without a gateway at hand. Times are monotonic
/// nanoseconds that the caller passes in.
///
/// The phases of a plugin map onto it one to one: ``access(method:path:)``, ``requestBody(_:…)``, ``responseHead(…)``,
/// ``responsePiece(_:isLast:now:)``, ``timer(now:)`` and ``record(now:)``.
final class Exchange {
  /// What becomes of a piece of the response's body.
  enum PieceAction: Equatable {
    /// It goes to the client as it is.
    case pass
    /// The bytes in ``Exchange/takeOutput()`` go to the client in its place; if there are none, nothing does.
    case replace
    /// As `replace`, and nothing after it matters.
    case end
    /// The whole response is replaced by this one.
    case respond(LocalResponse)
  }

  private let instance: ProxyInstance
  private var configuration: AIProxyConfiguration { instance.configuration }

  private(set) var call = AnthropicCall.messages
  private(set) var request = TranslatedRequest()
  /// Whether ``requestBody(_:isTooLarge:path:query:hasOwnCredential:now:value:)`` has decided.
  private(set) var isDecided = false
  private var path = AnswerPath.none
  private var isForwarded = false
  private var upstreamStatus = 0
  private var requestIdentifier = ""

  private var startTime: UInt64 = 0
  private var firstTokenTime: UInt64?
  private var endTime: UInt64?
  private var lastOutputTime: UInt64 = 0
  private var output: [UInt8] = []
  /// A whole answer, for the log.
  private var recordedBody: [UInt8]?

  /// Whether the answer is a stream that wants pings: see ``timer(now:)``.
  private(set) var wantsTimer = false

  init(_ instance: ProxyInstance) {
    self.instance = instance
  }

  // MARK: access

  /// The request's head is there.
  /// - Returns: the response, if the request is answered without its body.
  func access(method: String, path: String) -> LocalResponse? {
    requestIdentifier = instance.identifier("req_")
    if configuration.clientFormat == .openai {
      if method == "GET", path.hasSuffix("/v1/models") {
        return .json(OpenAIModelList.body(instance.settings), requestIdentifier: requestIdentifier)
      }
      return nil
    }
    call = AnthropicCall(method: method, path: path)
    switch call {
    case .messages, .countTokens: return nil
    case .models: return .json(AnthropicModelList.body(instance.settings), requestIdentifier: requestIdentifier)
    case .model(let name):
      if let body = AnthropicModelList.body(of: name, instance.settings) {
        return .json(body, requestIdentifier: requestIdentifier)
      }
      return refuse(Failure(.notFound, "model: \(name)"))
    case .probe:
      return LocalResponse(status: 200, headers: [.init("request-id", requestIdentifier)], body: [])
    case .wrongMethod:
      var response = refuse(Failure(.invalidRequest, "This endpoint takes POST only.", status: 405))
      response.headers.append(.init("allow", "POST"))
      return response
    case .unknown: return refuse(Failure(.notFound, "There is no such endpoint here."))
    }
  }

  /// A failure in the client's words; the answer is then nobody's business any more.
  func refuse(_ failure: Failure) -> LocalResponse {
    path = .untouched
    return .failure(failure, format: configuration.clientFormat, requestIdentifier: requestIdentifier)
  }

  // MARK: request_body

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

  // MARK: header_filter

  /// The response's head is there.
  /// - Parameters:
  ///   - status: what the client would see.
  ///   - upstreamStatus: what the upstream answered; 0 if the response is not the upstream's.
  ///   - isCompressed: the body has a content coding.
  /// - Returns: header fields to set.
  func responseHead(status: Int, upstreamStatus: Int, isCompressed: Bool) -> [LocalResponse.Header] {
    if case .untouched = path { return [] }
    guard isForwarded else {
      path = .untouched
      return []
    }
    self.upstreamStatus = upstreamStatus
    if configuration.clientFormat == .openai {
      guard (200...299).contains(upstreamStatus), !isCompressed else {
        path = .untouched
        return []
      }
      path = .openAI(OpenAIAnswerRelay(json: instance.json, hidesUsageEvent: request.hidesUsageEvent))
      return modelHeader
    }
    guard (200...299).contains(upstreamStatus), !isCompressed else {
      if upstreamStatus == 0 { self.upstreamStatus = status }
      if isCompressed { self.upstreamStatus = 0 }
      path = .upstreamError([])
      return []
    }
    openAnthropicPath()
    var headers: [LocalResponse.Header] = [.init("request-id", requestIdentifier)]
    if request.isStream {
      headers.append(.init("content-type", "text/event-stream; charset=utf-8"))
      headers.append(.init("cache-control", "no-cache"))
      headers.append(.init("x-accel-buffering", "no"))
    } else {
      headers.append(.init("content-type", "application/json"))
    }
    return headers + modelHeader
  }

  private var modelHeader: [LocalResponse.Header] {
    guard configuration.hasModelNameHeader else { return [] }
    return [.init("X-Kong-LLM-Model", "\(configuration.model.provider)/\(request.model)")]
  }

  private func openAnthropicPath() {
    var answer = AnthropicAnswer(
      messageIdentifier: instance.identifier("msg_"), requestIdentifier: requestIdentifier,
      model: request.requestedModel)
    answer.namesUpstreamModel = !configuration.translation.answersWithRequestedModel
    answer.showsThinking = request.showsThinking
    answer.estimatedInputTokens = request.estimatedInputTokens
    answer.toolNames = request.toolNames
    let driver = instance.driver
    let classify: @Sendable (UpstreamError) -> Failure = { driver.classify($0) }
    if !request.isStream {
      path = .anthropicMessage(
        AnswerTranslator(
          writer: AnthropicMessageWriter(answer, json: instance.json), json: instance.json, options: options,
          classify: classify))
    } else if configuration.logging.logsPayloads {
      path = .anthropicRecordedStream(
        AnswerTranslator(
          writer: RecordingWriter(
            AnthropicStreamWriter(answer), recorder: AnthropicMessageWriter(answer, json: instance.json)),
          json: instance.json, options: options, classify: classify))
      wantsTimer = configuration.translation.pingInterval > 0
    } else {
      path = .anthropicStream(
        AnswerTranslator(
          writer: AnthropicStreamWriter(answer), json: instance.json, options: options, classify: classify))
      wantsTimer = configuration.translation.pingInterval > 0
    }
  }

  private var options: AnswerOptions {
    AnswerOptions(acceptsMissingFinishReason: configuration.translation.acceptsMissingFinishReason)
  }

  // MARK: body_filter

  /// A piece of the response's body.
  /// - Parameters:
  ///   - isLast: nothing follows.
  ///   - isTruncated: with `isLast`: the upstream's connection broke before the body's end.
  func responsePiece(
    _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool = false, now: UInt64
  ) -> PieceAction {
    // The path is taken out while it works, so that its state is not copied.
    var current = AnswerPath.none
    swap(&current, &path)
    defer { swap(&current, &path) }
    switch current {
    case .none, .untouched:
      current = .untouched
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
      return .respond(failureResponse(failure(body)))
    case .openAI(var relay):
      current = .none
      let action = relayPiece(&relay, bytes, isLast: isLast, now: now)
      current = .openAI(relay)
      return action
    case .anthropicStream(var translator):
      current = .none
      let action = translate(&translator, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
      current = .anthropicStream(translator)
      return action
    case .anthropicRecordedStream(var translator):
      current = .none
      let action = translate(&translator, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
      current = .anthropicRecordedStream(translator)
      return action
    case .anthropicMessage(var translator):
      current = .none
      let action = translate(&translator, bytes, isLast: isLast, isTruncated: isTruncated, now: now)
      current = .anthropicMessage(translator)
      return action
    }
  }

  /// What is to be sent to the client; empties it. To be given back with ``recycle(_:)``, so that its memory serves again.
  func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Takes a buffer back that ``takeOutput()`` gave.
  func recycle(_ buffer: consuming [UInt8]) {
    guard output.isEmpty, buffer.capacity <= 16384 else { return }
    output = buffer
    output.removeAll(keepingCapacity: true)
  }

  private static let errorBodyLimit = 1 << 20

  private func failureResponse(_ failure: Failure) -> LocalResponse {
    .failure(failure, format: configuration.clientFormat, requestIdentifier: requestIdentifier)
  }

  private func failure(_ body: [UInt8]) -> Failure {
    switch upstreamStatus {
    case 0: return Failure(.api, "The upstream compressed its answer although it was asked not to.", status: 502)
    case 300...399: return Failure(.api, "The upstream answered with a redirection (\(upstreamStatus)).", status: 502)
    default:
      var failure = instance.driver.classify(
        UpstreamErrorReader.read(status: upstreamStatus, body: body, json: instance.json))
      // A bad gateway is one for the client too: it is retried like any 5xx.
      if upstreamStatus == 502 { failure.status = 502 }
      return failure
    }
  }

  private func translate<Writer: AnswerWriter>(
    _ translator: inout AnswerTranslator<Writer>, _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool,
    now: UInt64
  ) -> PieceAction {
    let hadEnded = translator.isEnded
    if !bytes.isEmpty { translator.receive(bytes) }
    if isLast { translator.finish(isComplete: !isTruncated) }
    if firstTokenTime == nil, translator.writer.hasToken { firstTokenTime = now }
    if translator.isEnded, !hadEnded { endTime = now }
    if let failure = translator.failure {
      endTime = now
      wantsTimer = false
      return hadEnded ? .replace : .respond(failureResponse(failure))
    }
    move(&translator, now: now)
    if translator.isEnded { wantsTimer = false }
    return translator.hasFailed ? .end : .replace
  }

  private func relayPiece(
    _ relay: inout OpenAIAnswerRelay, _ bytes: borrowing Span<UInt8>, isLast: Bool, now: UInt64
  ) -> PieceAction {
    if !bytes.isEmpty { relay.receive(bytes) }
    if isLast {
      relay.finish()
      endTime = now
    }
    if firstTokenTime == nil, relay.observer.hasToken { firstTokenTime = now }
    guard relay.isFiltering else { return .pass }
    output.append(contentsOf: relay.output)
    relay.removeOutput()
    return .replace
  }

  private func move<Writer: AnswerWriter>(_ translator: inout AnswerTranslator<Writer>, now: UInt64) {
    guard !translator.output.isEmpty else { return }
    lastOutputTime = now
    output.append(contentsOf: translator.output)
    if configuration.logging.logsPayloads, !request.isStream { recordedBody = translator.output }
    translator.removeOutput()
  }

  // MARK: event

  /// Time has passed: writes a ping if the client has heard nothing for the configured interval.
  /// - Returns: milliseconds until this is to be called again, or `nil` if it need not be.
  func timer(now: UInt64) -> UInt64? {
    guard wantsTimer else { return nil }
    let interval = UInt64(clamping: configuration.translation.pingInterval) &* 1_000_000_000
    let silence = now &- min(lastOutputTime, now)
    guard silence >= interval else { return (interval - silence) / 1_000_000 + 1 }
    var current = AnswerPath.none
    swap(&current, &path)
    defer { swap(&current, &path) }
    switch current {
    case .anthropicStream(var translator):
      current = .none
      pingOrStop(&translator, now: now)
      current = .anthropicStream(translator)
    case .anthropicRecordedStream(var translator):
      current = .none
      pingOrStop(&translator, now: now)
      current = .anthropicRecordedStream(translator)
    default: return nil
    }
    return wantsTimer ? interval / 1_000_000 : nil
  }

  private func pingOrStop<Writer: AnswerWriter>(_ translator: inout AnswerTranslator<Writer>, now: UInt64) {
    // An upstream that said why it stopped but does not end its stream is not waited for.
    translator.stopWaiting()
    translator.ping()
    if translator.isEnded {
      endTime = endTime ?? now
      wantsTimer = false
    }
    move(&translator, now: now)
  }

  // MARK: log

  /// What goes into the log record: dotted keys and JSON.
  func record(now: UInt64) -> [(key: StaticString, json: [UInt8])] {
    var entries: [(key: StaticString, json: [UInt8])] = []
    let isCall = call == .messages
    guard isCall, startTime > 0 else { return [] }
    var statistics = Statistics(pluginIdentifier: instance.pluginIdentifier)
    statistics.startTime = startTime
    statistics.firstTokenTime = firstTokenTime
    statistics.endTime = endTime ?? now
    statistics.isStream = request.isStream
    if isForwarded {
      statistics.provider = configuration.model.provider
      statistics.requestModel = request.model
    }
    let payload = read(into: &statistics)
    if configuration.logging.logsStatistics {
      entries.append(("ai.proxy.usage", statistics.usageJSON(options: configuration.model.options)))
      entries.append(("ai.proxy.meta", statistics.metaJSON()))
    }
    if configuration.logging.logsPayloads, isForwarded {
      var writer = JSONWriter()
      writer.beginObject()
      writer.key("request")
      writer.string(utf8Bytes: request.body)
      if let payload {
        writer.key("response")
        writer.string(utf8Bytes: payload)
      }
      writer.endObject()
      entries.append(("ai.proxy.payload", writer.bytes))
    }
    return entries
  }

  /// What the gateway's own log should tell of this answer.
  var warnings: [String] {
    var warnings: [String] = []
    switch path {
    case .anthropicMessage(let translator):
      if translator.writer.unusableArgumentCount > 0 {
        warnings.append("a tool call's arguments were no JSON object and were replaced by an empty one")
      }
      if translator.malformedEventCount > 0 { warnings.append("events of the upstream's stream were no JSON") }
    case .anthropicStream(let translator):
      if translator.malformedEventCount > 0 { warnings.append("events of the upstream's stream were no JSON") }
    default: break
    }
    return warnings
  }

  /// Takes what the answer's path knows; returns the answer for the log, if it was kept.
  private func read(into statistics: inout Statistics) -> [UInt8]? {
    switch path {
    case .anthropicStream(let translator):
      read(translator.writer, into: &statistics)
    case .anthropicRecordedStream(let translator):
      read(translator.writer, into: &statistics)
      return translator.writer.record
    case .anthropicMessage(let translator):
      read(translator.writer, into: &statistics)
      return recordedBody
    case .openAI(let relay):
      let observer = relay.observer
      statistics.responseModel = name(observer.upstreamModel)
      fill(observer.usage, producedByteCount: observer.producedByteCount, into: &statistics)
    case .none, .untouched, .upstreamError: break
    }
    return nil
  }

  private func read<Writer: AnswerWriter>(_ writer: Writer, into statistics: inout Statistics) {
    statistics.responseModel = name(writer.upstreamModel)
    fill(writer.usage, producedByteCount: writer.producedByteCount, into: &statistics)
  }

  private func fill(_ usage: Usage, producedByteCount: Int, into statistics: inout Statistics) {
    if usage.isReported {
      statistics.usage = usage
    } else if producedByteCount > 0 {
      statistics.usage = UsageEstimate.usage(
        promptTokens: request.estimatedInputTokens, producedByteCount: producedByteCount)
      statistics.isEstimated = true
    }
  }

  private func name(_ escaped: [UInt8]) -> String? {
    guard !escaped.isEmpty else { return nil }
    return instance.json.read((Array("\"".utf8) + escaped + Array("\"".utf8)).span) { $0.string } ?? nil
  }
}
