extension AIProxyConfiguration {
  /// `payloads`, which is Torii's own: how `logging.log_payloads` writes.
  struct Payloads: Equatable, Sendable {
    /// The most bytes of a payload that are logged; 0 for all.
    var limit = 1 << 20
    /// Replace credentials, and the content of data URLs.
    var redacts = true
  }

  /// `telemetry`, which is Torii's own.
  struct Telemetry: Equatable, Sendable {
    /// Write OpenTelemetry's GenAI attributes to the log record, under `gen_ai`.
    var logsAttributes = false
  }

  /// `resilience`, which is Torii's own: what happens when an upstream does not answer.
  struct Resilience: Sendable {
    /// Further attempts after the first.
    var retries = 0
    /// Statuses of the upstream after which there is a further attempt; the gateway's own 502, 503 and 504 always are.
    var statuses: [Int] = [429, 500, 502, 503, 504, 529]
    /// Milliseconds before the first further attempt at the same target; doubled with each.
    var backoff = 200
    /// The longest `Retry-After`, in milliseconds, that is waited for.
    var longestWait = 5000
    /// Milliseconds; 0 for the service's own.
    var connectTimeout = 0
    var firstTokenTimeout = 0
    var tokenTimeout = 0
    /// The longest that the gateway waits for bytes, in milliseconds; 0 for the service's own.
    var readTimeout: Int { max(firstTokenTimeout, tokenTimeout) }
    /// Calls at a time to one target, in one worker; 0 for any number.
    var concurrency = 0
    /// Failures in a row after which a target rests; 0: never.
    var failureLimit = 3
    /// Milliseconds that it rests.
    var restTime = 10_000
    /// The first target's share.
    var weight = 100
    /// Other targets.
    var targets: [Target] = []

    /// Another target: a model of some provider, and the credential for it.
    struct Target: Sendable {
      var weight = 100
      var authentication: Authentication
      var model: Model
    }
  }
}
