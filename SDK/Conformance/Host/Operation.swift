import CToriiPlugin

/// A timer or a call-out that a plugin started.
struct Operation {
  enum Kind {
    case timer
    case callout(url: String)
  }

  var id: torii_operation_id
  var instance: torii_instance_id
  /// 0: the instance's own timer.
  var request: torii_request_id
  var kind: Kind
  var due: UInt64
  var token: UInt64
  var order: Int
}

/// How a call-out ends.
enum CalloutOutcome: CaseIterable {
  case success, serverError, refused, timeout, oversize, empty

  var words: String {
    switch self {
    case .success: "an answer of 200"
    case .serverError: "an answer of 500"
    case .refused: "a refused connection"
    case .timeout: "a time-out"
    case .oversize: "an answer beyond response_limit"
    case .empty: "an answer of 204 without content"
    }
  }

  /// Status of the event, of HTTP, the content and the message.
  var event: (status: torii_status, http: UInt32, body: String, message: String) {
    switch self {
    case .success: (TORII_OK, 200, #"{"ok":true}"#, "")
    case .serverError: (TORII_OK, 500, "internal server error\n", "")
    case .refused: (TORII_E_FAILED, 0, "", "connection refused")
    case .timeout: (TORII_E_FAILED, 0, "", "timed out")
    case .oversize: (TORII_E_FAILED, 0, "", "the response exceeds 1048576 bytes")
    case .empty: (TORII_OK, 204, "", "")
    }
  }
}
