import JSON

/// `log`: what is told of it.
extension Exchange {
  /// What goes into the log record: dotted keys and JSON.
  func record(now: UInt64) -> [(key: StaticString, json: [UInt8])] { record(of: findings(now: now)) }

  /// What is counted of it; nothing of what was not sent anywhere.
  func measurements(now: UInt64) -> [(Measurement, Double)] { measurements(of: findings(now: now)) }

  /// What turned out of an exchange, gathered once for all who tell of it.
  struct Findings {
    var statistics: Statistics
    /// The answer for the log, if it was kept.
    var payload: [UInt8]?
    var finishReason: FinishReason?
    /// The answer broke off, or was no answer.
    var hasFailed = false
    /// What the gateway's own log should tell of this answer.
    var warnings: [String] = []
  }

  func record(of findings: Findings) -> [(key: StaticString, json: [UInt8])] {
    guard call == .messages, startTime > 0 else { return [] }
    var entries: [(key: StaticString, json: [UInt8])] = []
    let statistics = findings.statistics
    if configuration.logging.logsStatistics {
      entries.append(("ai.proxy.usage", statistics.usageJSON(options: configuration.model.sharedOptions)))
      entries.append(("ai.proxy.meta", statistics.metaJSON(azure: azure)))
    }
    if configuration.logging.logsPayloads, isForwarded {
      entries.append(("ai.proxy.payload", payloadJSON(answer: findings.payload)))
    }
    if configuration.telemetry.logsAttributes, isForwarded {
      entries.append(("gen_ai", GenAIAttributes.json(statistics, genAICall(findings))))
    }
    return entries
  }

  func measurements(of findings: Findings) -> [(Measurement, Double)] {
    guard call == .messages, isForwarded else { return [] }
    return Measurement.of(
      findings.statistics, options: configuration.model.sharedOptions, hasFailed: errorType(findings) != nil)
  }

  /// What tells the call apart from others in metrics.
  func labels(of findings: Findings) -> CallLabels {
    var labels = CallLabels()
    let statistics = findings.statistics
    labels.provider = statistics.provider
    labels.providerName = GenAIAttributes.provider(statistics.provider, isVertex: isVertex)
    labels.operation = GenAIAttributes.operation(configuration.routeType)
    labels.requestModel = statistics.requestModel
    labels.responseModel = statistics.responseModel ?? statistics.requestModel
    labels.isStream = statistics.isStream
    labels.errorType = errorType(findings)
    if let endpoint {
      labels.serverAddress = endpoint.host
      labels.serverPort = endpoint.effectivePort
    }
    return labels
  }

  private var isVertex: Bool { configuration.model.options.gemini.project != nil }

  func findings(now: UInt64) -> Findings {
    var statistics = Statistics(pluginIdentifier: instance.pluginIdentifier)
    statistics.startTime = startTime
    statistics.firstTokenTime = firstTokenTime
    statistics.endTime = endTime ?? now
    statistics.isStream = request.isStream
    if isForwarded {
      statistics.provider = configuration.model.provider
      // What was asked for first; the answer's model, and all that it cost, are those of the target that gave it.
      statistics.requestModel = firstModel ?? request.model
      statistics.responseModel = request.model
    } else if let firstModel {
      // As Kong's records of such refusals.
      statistics.requestModel = firstModel
      statistics.responseModel = firstModel
      if isProviderKnown { statistics.provider = configuration.model.provider }
    }
    var findings = Findings(statistics: statistics)
    read(path, into: &findings)
    return findings
  }

  private var azure: AIProxyConfiguration.Options.Azure? {
    isForwarded && configuration.model.provider == "azure" ? configuration.model.options.azure : nil
  }

  private func payloadJSON(answer: [UInt8]?) -> [UInt8] {
    let secrets = PayloadText.secrets(configuration.authentication)
    var writer = JSONWriter()
    writer.beginObject()
    write("request", "request_truncated", PayloadText(request.body, configuration.payloads, secrets: secrets), &writer)
    if let answer {
      write("response", "response_truncated", PayloadText(answer, configuration.payloads, secrets: secrets), &writer)
    }
    writer.endObject()
    return writer.bytes
  }

  private func write(_ name: StaticString, _ mark: StaticString, _ text: PayloadText, _ writer: inout JSONWriter) {
    writer.key(name)
    writer.string(utf8Bytes: text.bytes)
    guard text.isTruncated else { return }
    writer.key(mark)
    writer.boolean(true)
  }

  private func genAICall(_ findings: Findings) -> GenAICall {
    var result = GenAICall(route: configuration.routeType, isVertex: isVertex)
    result.endpoint = endpoint
    result.finishReason = findings.finishReason
    result.requestAttributes = telemetry?.value.requestAttributes ?? []
    result.conversation = telemetry?.value.conversation
    result.errorType = errorType(findings)
    return result
  }

  /// A status or a word; `nil` when the call went well.
  private func errorType(_ findings: Findings) -> String? {
    if upstreamStatus != 0, !(200...299).contains(upstreamStatus) { return String(upstreamStatus) }
    return findings.hasFailed || upstreamStatus == 0 ? "_OTHER" : nil
  }

  /// Takes what the answer's path knows.
  private func read(_ path: AnswerPath, into findings: inout Findings) {
    switch path {
    case .anthropicStream(let translator):
      read(&translator.value, into: &findings)
      if translator.value.malformedEventCount > 0 { findings.warnings.append(Self.malformedEvents) }
    case .anthropicRecordedStream(let translator):
      read(&translator.value, into: &findings)
      findings.payload = translator.value.writer.record
    case .anthropicMessage(let translator):
      read(&translator.value, into: &findings)
      findings.payload = recordedBody
      if translator.value.writer.unusableArgumentCount > 0 {
        findings.warnings.append("a tool call's arguments were no JSON object and were replaced by an empty one")
      }
      if translator.value.malformedEventCount > 0 { findings.warnings.append(Self.malformedEvents) }
    case .openAI(let relay):
      let observer = relay.value.observer
      if let model = name(observer.upstreamModel) { findings.statistics.responseModel = model }
      fill(observer.usage, producedByteCount: observer.producedByteCount, into: &findings.statistics)
      findings.finishReason = observer.finishReason
      findings.payload = relay.value.record
    case .translated(let translator):
      read(translated: translator, into: &findings)
    case .none, .untouched, .upstreamError, .relayedError, .whole:
      if let wholeUsage { findings.statistics.usage = wholeUsage.value }
      findings.payload = recordedBody
    }
  }

  private static let malformedEvents = "events of the upstream's stream were no JSON"

  private func read<Translator: AnswerTranslating>(translated translator: Translator, into findings: inout Findings) {
    var translator = translator
    read(&translator, into: &findings)
    findings.payload = translator.writer.record ?? recordedBody
  }

  /// Changes nothing: `inout`, so that it is read where it lies.
  private func read<Translator: AnswerTranslating>(
    _ translator: inout Translator, into findings: inout Findings
  ) {
    let writer = translator.writer
    if let model = name(writer.upstreamModel) { findings.statistics.responseModel = model }
    fill(writer.usage, producedByteCount: writer.producedByteCount, into: &findings.statistics)
    findings.finishReason = writer.finishReason
    findings.hasFailed = translator.hasFailed || translator.failure != nil
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
    guard escaped.contains(UInt8(ascii: "\\")) else { return String(decoding: escaped, as: UTF8.self) }
    return instance.json.read((Array("\"".utf8) + escaped + Array("\"".utf8)).span) { $0.string } ?? nil
  }
}
