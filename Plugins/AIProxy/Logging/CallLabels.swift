/// What tells calls apart in metrics: Kong's labels for counters, OpenTelemetry's attributes for distributions, spelled as
/// Prometheus has it.
struct CallLabels: Hashable {
  /// A label's name and value.
  typealias Label = (name: String, value: String)

  /// Kong's name of the provider, and the conventions' name.
  var provider = ""
  var providerName = ""
  var operation = ""
  var requestModel = ""
  var responseModel = ""
  var serverAddress = ""
  var serverPort = 0
  var isStream = false
  /// A status or a word; `nil` when the call went well.
  var errorType: String?

  /// The labels of a measurement.
  func labels(of measurement: Measurement) -> [Label] {
    guard measurement.isHistogram else {
      return [
        ("ai_provider", provider), ("ai_model", requestModel), ("request_mode", isStream ? "stream" : "oneshot"),
      ]
    }
    var labels: [Label] = [
      ("gen_ai_operation_name", operation), ("gen_ai_provider_name", providerName),
      ("gen_ai_request_model", requestModel), ("gen_ai_response_model", responseModel),
    ]
    if !serverAddress.isEmpty {
      labels.append(("server_address", serverAddress))
      labels.append(("server_port", String(serverPort)))
    }
    switch measurement {
    case .inputTokenUsage: labels.append(("gen_ai_token_type", "input"))
    case .outputTokenUsage: labels.append(("gen_ai_token_type", "output"))
    default: if let errorType { labels.append(("error_type", errorType)) }
    }
    return labels
  }
}
