/// Why a request is not answered with a completion, before it is put into the words of the client's format.
struct Failure: Error, Equatable, Sendable {
  /// What kind of failure; decides type and status.
  var kind: FailureKind
  /// The status to answer with; the kind's own unless set.
  var status: Int
  /// What went wrong, for the caller to read. Free of credentials.
  var message: String
  /// The upstream's own `code`, for formats that have one.
  var code: String?
  /// Anthropic's `error.details.error_code`, by which its clients know what to do: lower-case letters, digits and `_`.
  var detailsCode: String?
  /// Seconds after which a further attempt makes sense.
  var retryAfter: Int?
  /// Whether a client should try again; `nil` leaves it to the status.
  var shouldRetry: Bool?
  /// The upstream cut the answer off because of what it says.
  var isContentRefusal = false
  /// What the record says of a call that was refused; nothing unless set.
  var recordedCall: RecordedCall?
  /// The upstream reported it, rather than the gateway.
  var isUpstreams = false

  /// How much was known of a call when it was refused.
  enum RecordedCall: Equatable, Sendable {
    /// The model that the client named, which is not to be had.
    case model(String)
    /// Provider and model, as configured.
    case configured
  }

  init(_ kind: FailureKind, _ message: String, status: Int? = nil) {
    self.kind = kind
    self.status = status ?? kind.status
    self.message = message
  }
}

/// Kinds of failure, those of Anthropic's API: every other format's are fewer.
enum FailureKind: Equatable, Sendable, CaseIterable {
  case invalidRequest
  case authentication
  case billing
  case permission
  case notFound
  case conflict
  case tooLarge
  case rateLimit
  case api
  case timeout
  case overloaded

  /// The status that goes with it.
  var status: Int {
    switch self {
    case .invalidRequest: 400
    case .authentication: 401
    case .billing: 402
    case .permission: 403
    case .notFound: 404
    case .conflict: 409
    case .tooLarge: 413
    case .rateLimit: 429
    case .api: 500
    case .timeout: 504
    case .overloaded: 529
    }
  }

  /// Anthropic's `error.type`.
  var anthropicType: StaticString {
    switch self {
    case .invalidRequest: "invalid_request_error"
    case .authentication: "authentication_error"
    case .billing: "billing_error"
    case .permission: "permission_error"
    case .notFound: "not_found_error"
    case .conflict: "conflict_error"
    case .tooLarge: "request_too_large"
    case .rateLimit: "rate_limit_error"
    case .api: "api_error"
    case .timeout: "timeout_error"
    case .overloaded: "overloaded_error"
    }
  }
}
