import CToriiPlugin
import Configuration
import EventLoop
import HTTP
import PluginHost
import Routing

/// One request from its first byte to its log record.
///
/// The steps, one file each, in the order a request meets them:
///
///     +Head  →  +Route  →  +Access  →  +RequestBody  →  +Upstream  →  +ResponseHead  →  +ResponseBody  →  +Finish
///                   ╰──────────────── +LocalResponse ────────────────╯         +Tunnel
///
/// `+Plugins` is what plugins can do to it, `+Pause` how they suspend it. Exchanges are pooled: ``recycle()`` makes one
/// ready for the next request without giving up its storage.
///
/// Safety: the connection, which holds the exchange, outlives it; views of heads and buffers are used before the next
/// change to them.
@safe final class Exchange {
  /// Where the request stands.
  enum RequestState {
    case head, access, collecting, awaitingUpstream, streaming, complete, discarding
  }

  /// Where the response stands.
  enum ResponseState {
    case none, awaitingHead, headerFilter, streaming, complete, tunnel
  }

  /// Who made the response.
  enum Source { case service, exit, error }

  /// The id that plugins know it by; 0 while there are none in its chain.
  var id: torii_request_id = 0
  /// Timers and call-outs of plugins.
  var operations: [PluginOperation] = []
  /// The state of all instances in the chain.
  var pluginState: UnsafeMutableRawPointer?

  unowned(unsafe) let worker: ProxyWorker
  // begin() sets it before anybody can see the exchange; a check at each use would be one on the hot path.
  // swift-format-ignore: NeverUseImplicitlyUnwrappedOptionals
  unowned(unsafe) var client: ClientConnection!

  // The request as it came.
  var parser: RequestParser
  let fields = FieldTable()
  var head = RequestHead()
  var requestBytes = HeadBytes()
  var requestState = RequestState.head
  /// Bytes of the request received, head included.
  var receivedBytes: UInt64 = 0
  var bodyRemaining: UInt64 = 0
  /// How much of an unwanted body may still be read and dropped.
  var discardBudget = 0
  /// Content of a chunked body so far.
  var chunkedLength: UInt64 = 0
  /// For chunked bodies, of which most requests have none; made for the first.
  var requestDecoder: RequestDecoder?
  var continueSent = false

  // Where it goes.
  var generation: ProxyGeneration?
  var match = RouteMatch()
  var entry: RouteEntry?
  var chain: PluginChain
  var normalizedPath: [UInt8] = []
  var pathIsNormalized = true
  var requestIdentifier = RequestIdentifier()

  // What plugins changed of it.
  var upstreamEdits = FieldEdits()
  var targetOverride: TargetOverride?
  var pathOverride: [UInt8]?
  var queryOverride: [UInt8]?
  var methodOverride: [UInt8]?

  // The whole body, when a plugin wants it so.
  var wholeBody: ByteBuffer?
  var wholeBodyTooLarge = false

  // The upstream.
  var upstream: UpstreamConnection?
  var attempt = UpstreamAttempt()
  var tries: [BalancerTry] = []
  var upstreamURI: [UInt8] = []
  var requestBodySent: UInt64 = 0

  // The response.
  var responseParser: ResponseParser
  let responseFields = FieldTable(capacity: 16)
  var responseHead = ResponseHead()
  var responseBytesHead = HeadBytes()
  var responseEdits = FieldEdits()
  var responseState = ResponseState.none
  var responseStatus: UInt16 = 0
  var upstreamStatus: UInt16 = 0
  var source = Source.service
  var responseRemaining: UInt64 = 0
  var responseDecoder: ChunkedDecoder
  /// Framing towards the client.
  var responseFraming = BodyFraming.none
  var headSent = false
  var upstreamResponseEnded = false
  var keepAlive = true
  var localBody: ByteBuffer?
  /// Bytes sent to the client, head included.
  var responseBytes: UInt64 = 0
  var wholeResponse: ByteBuffer?
  /// Content sent so far, against Content-Length.
  var contentSent: UInt64 = 0

  // Plugins.
  var pause = PauseState()
  var emitBuffer: ByteBuffer?
  var emittedAny = false
  var emitLink = -1
  var doneRequestLinks: UInt64 = 0
  var doneResponseLinks: UInt64 = 0
  /// Those that failed in body_filter or responded from there: they do not see the response that follows from it.
  var barredResponseLinks: UInt64 = 0
  var headerFilterRan = false
  var bodyFilterEnded = false
  /// What a plugin said with send_again(), until its callback returns.
  var again = SendAgain()
  /// What a plugin said with respond(), until its callback returns.
  var staged: StagedResponse?
  /// The plugins were told that the response's content is complete.
  var bodyFilterSawLast = false
  var logValues = LogValues()
  var redactedHeaders: [[UInt8]] = []
  var logText: ByteBuffer?
  /// The response head as it was sent, when somebody logs.
  var sentHead: ByteBuffer?
  var idText: ByteBuffer?
  /// An error of our own after a target was chosen.
  var wasProxied = false

  // Times: monotonic nanoseconds, 0 when it has not happened.
  var startTime: UInt64 = 0
  var startWall: UInt64 = 0
  var headTime: UInt64 = 0
  var upstreamStartTime: UInt64 = 0
  var upstreamHeadTime: UInt64 = 0
  var upstreamEndTime: UInt64 = 0
  var finishTime: UInt64 = 0
  /// The upstream broke off by saying nothing for too long.
  var fellSilent = false
  var isClientGone = false
  var isComplete = false
  var isFinished = false
  /// Why the response is an error of our own, for the gateway's log.
  var failureText: String?

  static let headTooLarge = HTTPError(
    status: 431, reason: "The message head is larger than this server accepts.")

  init(worker: ProxyWorker) {
    unsafe self.worker = worker
    chain = worker.emptyChain
    parser = RequestParser(limits: worker.limits)
    responseParser = ResponseParser(limits: worker.limits)
    responseDecoder = ChunkedDecoder(limits: worker.limits)
  }

  /// Whether a byte from the client would be read now.
  var wantsClientBytes: Bool {
    switch requestState {
    case .collecting, .streaming, .discarding: !pause.isPaused
    default: responseState == .tunnel
    }
  }

  /// Makes ready for the next request; storage stays.
  func recycle() {
    parser.reset()
    head = RequestHead()
    requestState = .head
    receivedBytes = 0
    bodyRemaining = 0
    discardBudget = unsafe worker.settings.discardLimit
    chunkedLength = 0
    continueSent = false
    generation = nil
    entry = nil
    chain = unsafe worker.emptyChain
    pathIsNormalized = true
    upstreamEdits.removeAll()
    targetOverride = nil
    pathOverride = nil
    queryOverride = nil
    methodOverride = nil
    release(&wholeBody)
    wholeBodyTooLarge = false
    upstream = nil
    attempt = UpstreamAttempt()
    tries.removeAll(keepingCapacity: true)
    upstreamURI.removeAll(keepingCapacity: true)
    requestBodySent = 0
    responseHead = ResponseHead()
    responseEdits.removeAll()
    responseState = .none
    responseStatus = 0
    upstreamStatus = 0
    source = .service
    responseRemaining = 0
    responseFraming = .none
    headSent = false
    upstreamResponseEnded = false
    keepAlive = true
    release(&localBody)
    responseBytes = 0
    release(&wholeResponse)
    contentSent = 0
    pause.reset()
    release(&emitBuffer)
    emittedAny = false
    emitLink = -1
    doneRequestLinks = 0
    doneResponseLinks = 0
    barredResponseLinks = 0
    headerFilterRan = false
    bodyFilterEnded = false
    again = SendAgain()
    dropStaged()
    bodyFilterSawLast = false
    logValues.removeAll()
    if !redactedHeaders.isEmpty { redactedHeaders.removeAll() }
    release(&logText)
    if let head = sentHead {
      sentHead = nil
      unsafe worker.heads.give(head)
    }
    wasProxied = false
    upstreamStartTime = 0
    upstreamHeadTime = 0
    upstreamEndTime = 0
    finishTime = 0
    fellSilent = false
    isClientGone = false
    isComplete = false
    isFinished = false
    failureText = nil
  }

  /// Forgets a response that was made with respond() and not answered with.
  func dropStaged() {
    guard let body = staged?.body else { return }
    staged = nil
    unsafe worker.buffers.give(body)
  }

  func release(_ buffer: inout ByteBuffer?) {
    guard let taken = buffer else { return }
    buffer = nil
    unsafe worker.buffers.give(taken)
  }

  /// The lines of the request's head.
  var requestLines: HeadLines { HeadLines(requestBytes, fields, count: fields.count) }

  /// The lines of the response's head; none of a response that the gateway makes.
  var responseLines: HeadLines {
    HeadLines(responseBytesHead, responseFields, count: source == .service ? responseFields.count : 0)
  }

  /// The `index`-th value of a field as the client sent it.
  func requestValue(_ wanted: WantedName, _ index: Int) -> UnsafeRawBufferPointer? {
    var none = FieldEdits()
    return unsafe none.value(wanted, index, in: requestLines)
  }
}
