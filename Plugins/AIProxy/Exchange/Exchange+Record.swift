import JSON

/// `log`: what is told of it.
extension Exchange {
  /// What goes into the log record: dotted keys and JSON.
  func record(now: UInt64) -> [(key: StaticString, json: [UInt8])] {
    guard call == .messages, startTime > 0 else { return [] }
    var entries: [(key: StaticString, json: [UInt8])] = []
    let (statistics, payload) = statistics(now: now)
    if configuration.logging.logsStatistics {
      entries.append(("ai.proxy.usage", statistics.usageJSON(options: configuration.model.options)))
      entries.append(("ai.proxy.meta", statistics.metaJSON(azure: azure)))
    }
    if configuration.logging.logsPayloads, isForwarded {
      entries.append(("ai.proxy.payload", payloadJSON(answer: payload)))
    }
    if configuration.telemetry.logsAttributes, isForwarded {
      entries.append(("gen_ai", GenAIAttributes.json(statistics, genAICall)))
    }
    return entries
  }

  /// What is counted of it; nothing of what was not sent anywhere.
  func measurements(now: UInt64) -> [(Measurement, Double)] {
    guard call == .messages, isForwarded else { return [] }
    return Measurement.of(
      statistics(now: now).0, options: configuration.model.options, hasFailed: genAICall.errorType != nil)
  }

  private func statistics(now: UInt64) -> (Statistics, payload: [UInt8]?) {
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
    return (statistics, payload)
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

  private var genAICall: GenAICall {
    var result = GenAICall(route: configuration.routeType, isVertex: configuration.model.options.gemini.project != nil)
    result.endpoint = endpoint
    switch path {
    case .anthropicStream(let translator): note(translator, in: &result)
    case .anthropicRecordedStream(let translator): note(translator, in: &result)
    case .anthropicMessage(let translator): note(translator, in: &result)
    case .translated(let translator): note(translator, in: &result)
    case .openAI(let relay): result.finishReason = relay.observer.finishReason
    default: break
    }
    if upstreamStatus != 0, !(200...299).contains(upstreamStatus) { result.errorType = String(upstreamStatus) }
    if upstreamStatus == 0 { result.errorType = result.errorType ?? "_OTHER" }
    return result
  }

  private func note<Translator: AnswerTranslating>(_ translator: Translator, in call: inout GenAICall) {
    call.finishReason = translator.writer.finishReason
    if translator.hasFailed || translator.failure != nil { call.errorType = "_OTHER" }
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
      return relay.record
    case .translated(let translator):
      return read(translated: translator, into: &statistics)
    case .none, .untouched, .upstreamError, .whole:
      if let wholeUsage { statistics.usage = wholeUsage }
      return recordedBody
    }
    return nil
  }

  private func read<Translator: AnswerTranslating>(
    translated translator: Translator, into statistics: inout Statistics
  ) -> [UInt8]? {
    read(translator.writer, into: &statistics)
    return translator.writer.record ?? recordedBody
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
