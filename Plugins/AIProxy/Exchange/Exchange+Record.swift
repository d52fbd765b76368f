import JSON

/// `log`: what is told of it.
extension Exchange {
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
