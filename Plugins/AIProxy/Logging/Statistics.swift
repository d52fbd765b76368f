import JSON

/// What is logged of a call under `ai.proxy`: Kong's fields, computed from what happened.
struct Statistics {
  /// Stands where nothing is known, as in Kong's records.
  static let unspecified = "UNSPECIFIED"

  var pluginIdentifier = ""
  var provider = unspecified
  var requestModel = unspecified
  /// As the upstream named it; ``requestModel`` if it did not.
  var responseModel: String?
  var isStream = false
  var usage = Usage()
  /// The upstream counted nothing: ``usage`` is an estimate.
  var isEstimated = false
  /// Monotonic nanoseconds: the request's body was there.
  var startTime: UInt64 = 0
  /// The first token was there; `nil` if none came, or for a whole answer.
  var firstTokenTime: UInt64?
  /// The upstream's answer was complete, or given up.
  var endTime: UInt64 = 0

  /// `llm_latency`: whole milliseconds.
  var latency: Int { milliseconds(until: endTime) }

  /// From request to end.
  var seconds: Double { endTime > startTime ? Double(endTime - startTime) / 1e9 : 0 }

  /// From request to first token, if one came.
  var secondsToFirstToken: Double? {
    firstTokenTime.map { $0 > startTime ? Double($0 - startTime) / 1e9 : 0 }
  }

  private func milliseconds(until time: UInt64) -> Int {
    time > startTime ? Int(clamping: (time - startTime) / 1_000_000) : 0
  }

  /// `ai.proxy.usage`
  func usageJSON(options: AIProxyConfiguration.SharedOptions) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 320)
    writer.beginObject()
    writer.key("prompt_tokens")
    writer.integer(usage.promptTokens)
    writer.key("completion_tokens")
    writer.integer(usage.completionTokens)
    writer.key("total_tokens")
    writer.integer(usage.totalOrSum)
    writer.key("cost")
    writer.double(Cost.of(usage, options: options.options))
    writer.key("time_per_token")
    writer.double(usage.completionTokens > 0 ? Double(latency) / Double(usage.completionTokens) : 0)
    writer.key("time_to_first_token")
    // A whole answer has its first token when it has its last.
    writer.integer(isStream ? milliseconds(until: firstTokenTime ?? endTime) : latency)
    writer.key("prompt_tokens_details")
    writer.beginObject()
    write("cached_tokens", usage.cachedTokens, to: &writer)
    write("cache_creation_input_tokens", usage.cacheCreationTokens, to: &writer)
    write("audio_tokens", usage.promptAudioTokens, to: &writer)
    writer.endObject()
    writer.key("completion_tokens_details")
    writer.beginObject()
    write("reasoning_tokens", usage.reasoningTokens, to: &writer)
    write("audio_tokens", usage.completionAudioTokens, to: &writer)
    write("accepted_prediction_tokens", usage.acceptedPredictionTokens, to: &writer)
    write("rejected_prediction_tokens", usage.rejectedPredictionTokens, to: &writer)
    writer.endObject()
    if isEstimated {
      writer.key("estimated")
      writer.boolean(true)
    }
    writer.endObject()
    return writer.bytes
  }

  /// `ai.proxy.meta`
  func metaJSON(azure: AIProxyConfiguration.Options.Azure? = nil) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 256)
    writer.beginObject()
    write("plugin_id", pluginIdentifier, to: &writer)
    write("provider_name", provider, to: &writer)
    write("request_model", requestModel, to: &writer)
    write("response_model", responseModel ?? requestModel, to: &writer)
    write("request_mode", isStream ? "stream" : "oneshot", to: &writer)
    if let azure {
      write("azure_instance_id", azure.instance ?? "", to: &writer)
      write("azure_deployment_id", azure.deployment ?? "", to: &writer)
      write("azure_api_version", azure.version, to: &writer)
    }
    writer.key("llm_latency")
    writer.integer(latency)
    writer.endObject()
    return writer.bytes
  }

  private func write(_ name: StaticString, _ count: Int?, to writer: inout JSONWriter) {
    guard let count else { return }
    writer.key(name)
    writer.integer(count)
  }

  private func write(_ name: StaticString, _ text: String, to writer: inout JSONWriter) {
    writer.key(name)
    writer.string(text)
  }
}
