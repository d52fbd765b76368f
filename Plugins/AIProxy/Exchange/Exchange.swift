import JSON

/// One request and its answer: what is to happen in each phase, decided without a gateway at hand. Times are monotonic
/// nanoseconds that the caller passes in.
///
/// The phases of a plugin map onto it one to one: ``access(method:path:)``, ``requestBody(_:…)``, ``responseHead(…)``,
/// ``responsePiece(_:isLast:isTruncated:now:)``, ``timer(now:)`` and ``record(now:)``.
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
    /// The upstream has said what it does not take, or its answer broke off before it began: ``Exchange/nextAttempt(now:value:)``
    /// asks again, after so many milliseconds. The response is for when that cannot be done.
    case askAgain(LocalResponse, after: UInt64)
  }

  let instance: ProxyInstance

  // What every piece of an answer touches stands together: with thousands of streams open, each line of memory has to be
  // fetched anew for each piece.

  var path = AnswerPath.none
  /// Takes the answer's compression off.
  var decoder: Held<GzipDecoder>?
  var output: [UInt8] = []
  /// Bytes of the answer have gone to the client.
  var isKept = false
  /// Whether the answer is a stream that has not ended, so that silence is to be watched.
  var isStreaming = false
  /// The client has all that it gets: its response is to end, whatever the upstream still does.
  private(set) var isOver = false
  var lastOutputTime: UInt64 = 0
  /// When the upstream last said something.
  var lastPieceTime: UInt64 = 0
  var firstTokenTime: UInt64?
  /// When the upstream said why it stopped.
  var finishTime: UInt64?
  /// When the answer was complete while the upstream's body had not ended.
  var completionTime: UInt64?
  /// When the earliest of the timers that were started runs out.
  var armedTime: UInt64?
  /// Kept as long as there may be another attempt.
  var retained: Retained?

  /// Those of the instance, filled in for this request.
  var settings: ChatRequestSettings
  var configuration: AIProxyConfiguration { settings.configuration }
  /// Where it was sent.
  var endpoint: Endpoint?
  /// How the call is carried out.
  var plan = CallPlan.undecided

  var call = AnthropicCall.messages
  var request = TranslatedRequest()
  /// Whether ``requestBody(_:isTooLarge:path:query:hasOwnCredential:now:value:)`` has decided.
  var isDecided = false
  var isForwarded = false
  var upstreamStatus = 0
  /// The gateway answered in the upstream's stead.
  var isGatewaysAnswer = false
  var requestIdentifier = ""

  /// The model that the first attempt asked for, or that a refused request named.
  var firstModel: String?
  /// A refused request would have gone to the configured provider.
  var isProviderKnown = false
  /// The target of the attempt at hand, those that were tried, and how many attempts were made.
  var target: Int?
  var triedTargets: [Int] = []
  var attemptCount = 0
  /// An attempt has failed, and the time for the next has not come.
  var awaitsAttempt = false
  /// The upstream has said what it takes instead.
  var canBeCorrected = false
  /// The upstream was asked again, for what it takes.
  var isCorrected = false
  /// Names of the header fields that were set for the attempt at hand.
  var sentHeaderNames: [String] = []
  /// Names of the client's header fields that did not go along, or were replaced.
  var withheldHeaderNames: [String] = []
  /// What only telemetry tells of the request, if it tells of any.
  struct Telemetry {
    var requestAttributes: [(attribute: StaticString, value: String)] = []
    var conversation: String?
  }

  var telemetry: Held<Telemetry>?
  /// Seconds that the upstream asked to be left alone for.
  var retryAfter: Int?

  var startTime: UInt64 = 0
  /// When the attempt at hand began.
  var attemptTime: UInt64 = 0
  var endTime: UInt64?
  /// What a body that was turned into another said of usage.
  var wholeUsage: Held<Usage>?
  /// A whole answer, for the log.
  var recordedBody: [UInt8]?

  init(_ instance: ProxyInstance) {
    self.instance = instance
    settings = instance.settings
  }

  /// Ends the response before the upstream's body has ended.
  func end() {
    completionTime = nil
    isOver = true
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
}
