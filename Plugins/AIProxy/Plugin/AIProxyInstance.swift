import ToriiPlugin

/// `ai-proxy` with one configuration: carries what ``Exchange`` decides out at the gateway.
public final class AIProxyInstance: PluginInstance {
  /// What is kept for a request.
  public struct State: RequestState {
    var exchange: Exchange?

    /// Nothing, until `access`.
    public init() {}
  }

  private let instance: ProxyInstance
  private var metrics: CallMetricTable

  init(_ instance: ProxyInstance, metrics: CallMetrics) {
    self.instance = instance
    self.metrics = CallMetricTable(metrics)
  }

  /// Answers what needs no model, and what has no body.
  public func access(_ request: Request, _ state: inout State) throws(PluginError) -> Action {
    let exchange = Exchange(instance)
    state.exchange = exchange
    if let name = instance.configuration.authentication.headerName { try request.log.redact(name) }
    if let response = exchange.access(method: request.method.string, path: request.path.string) {
      return try respond(response, to: request)
    }
    let length = request.headers.get("content-length")
    guard length == nil || length?.equals("0") ?? false, !request.headers.contains("transfer-encoding") else {
      return .continue
    }
    // There will be no body to wait for.
    return try decide(exchange, .empty, isTooLarge: false, request)
  }

  /// Translates the request.
  public func requestBody(
    _ request: Request, _ piece: BodyPiece, _ state: inout State
  ) throws(PluginError) -> Action {
    guard let exchange = state.exchange, !exchange.isDecided else { return .continue }
    return try piece.withContiguousBytes { (bytes) throws(PluginError) in
      try decide(exchange, bytes, isTooLarge: piece.isTooLarge, request)
    }
  }

  private func decide(
    _ exchange: Exchange, _ body: ByteView, isTooLarge: Bool, _ request: Request
  ) throws(PluginError) -> Action {
    let credential = instance.configuration.authentication.headerName
    let hasOwn = credential.map { request.headers.contains($0) } ?? false
    let action = body.withSpan { span in
      exchange.requestBody(
        span, isTooLarge: isTooLarge, path: request.path.string, query: request.query.string, hasOwnCredential: hasOwn,
        now: request.host.monotonicTime
      ) { Self.value(request, $0, $1) }
    }
    for note in exchange.request.notes { request.logLine(.info, note) }
    for warning in exchange.request.warnings { request.logLine(.warn, warning) }
    switch action {
    case .respond(let response): return try respond(response, to: request)
    case .forward(let forwarded):
      try send(forwarded, exchange, request)
      return .continue
    }
  }

  /// A value of the request that a name in the configuration refers to.
  private static func value(_ request: Request, _ source: ModelNameTemplate.Source, _ key: String) -> String? {
    switch source {
    case .headers: request.headers[key]
    case .queryParameters: Query.value(of: key, in: request.query.string)
    case .captures: request.capture(key)?.string
    }
  }

  private var resilience: AIProxyConfiguration.Resilience { instance.configuration.resilience }

  /// Takes back what was set for the attempt before: fields of its own, and of the client's what only the next one needs.
  private func undo(
    _ forwarded: ForwardedRequest, _ exchange: Exchange, _ request: Request
  ) throws(PluginError) {
    for name in exchange.sentHeaderNames where request.upstreamHeaders.contains(name) {
      try request.upstreamHeaders.remove(name)
    }
    for name in exchange.withheldHeaderNames {
      if let own = request.headers[name] { try request.upstreamHeaders.set(name, own) }
    }
    if forwarded.query == nil { try request.setQuery(request.query) }
  }

  private func send(
    _ forwarded: ForwardedRequest, _ exchange: Exchange, _ request: Request
  ) throws(PluginError) {
    let endpoint = forwarded.endpoint
    try request.setTarget(
      Request.Target(
        scheme: endpoint.isSecure ? "https" : "http", host: endpoint.host, port: UInt32(clamping: endpoint.port),
        connectTimeout: UInt32(clamping: resilience.connectTimeout),
        readTimeout: UInt32(clamping: resilience.readTimeout)))
    try request.setPath(endpoint.path)
    if let query = forwarded.query { try request.setQuery(query) }
    let format = instance.configuration.clientFormat
    let keepsProtocol = forwarded.keepsProtocolHeaders
    // Names are gathered first: the map must not change while it is gone through.
    var dropped: [UInt8] = []
    var ends: [Int] = []
    for (name, _) in request.upstreamHeaders {
      if name.withSpan({ ClientHeaders.isDropped($0, format: format, keepsProtocol: keepsProtocol) })
        || (forwarded.dropsAuthorization && name.equals(ignoringCase: "authorization"))
      {
        name.withSpan { dropped.append($0) }
        ends.append(dropped.count)
      }
    }
    // Another attempt may need what this one has no use for.
    let mayBeUndone = exchange.retained != nil
    if mayBeUndone {
      exchange.sentHeaderNames = forwarded.headers.map(\.name)
      exchange.withheldHeaderNames = forwarded.headers.map(\.name).filter { request.upstreamHeaders.contains($0) }
    }
    var start = 0
    for end in ends {
      if mayBeUndone {
        exchange.withheldHeaderNames.append(String(decoding: dropped[start..<end], as: UTF8.self))
      }
      try request.upstreamHeaders.remove(dropped[start..<end])
      start = end
    }
    for header in forwarded.headers { try request.upstreamHeaders.set(header.name, header.value) }
    if let body = forwarded.body {
      try request.emit(body)
    } else if exchange.attemptCount > 1, let body = exchange.retained?.body {
      try request.emit(body)
    }
  }

  private func respond(_ response: LocalResponse, to request: Request) throws(PluginError) -> Action {
    var headers = HeaderList()
    for header in response.headers { headers.append(header.name, header.value) }
    return try request.respond(status: UInt32(clamping: response.status), headers: headers, body: response.body)
  }

  /// Learns what kind of answer comes, and names its type.
  public func headerFilter(_ request: Request, _ state: inout State) throws(PluginError) -> Action {
    guard let exchange = state.exchange else { return .continue }
    let step = exchange.attemptEnded(
      status: Int(request.status), upstreamStatus: Int(request.upstreamStatus),
      retryAfter: retryAfter(request), now: request.host.monotonicTime)
    if case .wait(let delay) = step, let action = try again(exchange, after: delay, request) { return action }
    let coding = request.responseHeaders.get("content-encoding")
    let isCompressed = coding.map { !$0.isEmpty && !$0.equals(ignoringCase: "identity") } ?? false
    let headers = exchange.responseHead(
      status: Int(request.status), upstreamStatus: Int(request.upstreamStatus), isCompressed: isCompressed,
      isGzip: coding.map(ContentKind.isGzip) ?? false,
      isEvents: ContentKind.isEvents(request.responseHeaders.get("content-type")), now: request.host.monotonicTime)
    for header in headers { try request.responseHeaders.set(header.name, header.value) }
    if exchange.decoder != nil { try request.responseHeaders.remove("content-encoding") }
    // The upstream's cookies are for the gateway, if for anybody.
    if !headers.isEmpty { try request.responseHeaders.remove("set-cookie") }
    try startTimer(exchange, request, now: request.host.monotonicTime)
    return .continue
  }

  private func retryAfter(_ request: Request) -> Int? {
    // Few answers have one: nothing else is looked up for the others.
    guard let text = request.responseHeaders["retry-after"] else { return nil }
    return Exchange.retryAfter(text, date: request.responseHeaders["date"], wallTime: request.host.wallTime)
  }

  /// Translates the answer.
  public func bodyFilter(
    _ request: Request, _ piece: BodyPiece, _ state: inout State
  ) throws(PluginError) -> Action {
    guard let exchange = state.exchange else { return .continue }
    let now = request.host.monotonicTime
    var action = Exchange.PieceAction.replace
    if piece.partCount == 0 {
      action = exchange.responsePiece(
        Span<UInt8>(), isLast: piece.isLast, isTruncated: piece.isIncomplete, now: now)
    }
    for place in 0..<piece.partCount {
      guard let part = piece[place] else { break }
      let isLast = piece.isLast && place == piece.partCount - 1
      action = part.withSpan {
        exchange.responsePiece($0, isLast: isLast, isTruncated: piece.isIncomplete, now: now)
      }
      if case .respond = action { break }
      if case .askAgain = action { break }
    }
    switch action {
    case .pass: return .continue
    case .respond(let response): return try respond(response, to: request)
    case .askAgain(let response, let delay):
      if let action = try again(exchange, after: delay, request) { return action }
      return try respond(response, to: request)
    case .replace, .end: break
    }
    let hasOutput = try emit(exchange, request)
    try startTimer(exchange, request, now: now)
    if action == .end { return .end }
    return hasOutput ? .continue : .hold
  }

  /// Sends what there is to send; returns whether there was anything.
  private func emit(_ exchange: Exchange, _ request: Request) throws(PluginError) -> Bool {
    let output = exchange.takeOutput()
    guard !output.isEmpty else { return false }
    try request.emit(output)
    exchange.recycle(output)
    return true
  }

  /// Starts a timer if the exchange wants to be called before those run out that were started.
  private func startTimer(_ exchange: Exchange, _ request: Request, now: UInt64) throws(PluginError) {
    guard let delay = exchange.timerDelay(now: now) else { return }
    try request.startTimer(milliseconds: delay, token: Token.silence)
  }

  /// What the operations are for that this instance starts.
  private enum Token {
    /// Silence is to be filled.
    static let silence: UInt64 = 0
    /// It is time for another attempt.
    static let retry: UInt64 = 1
  }

  /// Makes another attempt, now or later; `nil` when none can be made.
  private func again(_ exchange: Exchange, after delay: UInt64, _ request: Request) throws(PluginError) -> Action? {
    guard delay == 0 else {
      try request.startTimer(milliseconds: delay, token: Token.retry)
      exchange.awaitsAttempt = true
      return .pause
    }
    exchange.awaitsAttempt = false
    do throws(PluginError) {
      try request.sendAgain()
    } catch {
      request.logLine(.warn, "no further attempt: \(error.message)")
      return nil
    }
    let now = request.host.monotonicTime
    guard let forwarded = exchange.nextAttempt(now: now, value: { Self.value(request, $0, $1) }) else { return nil }
    request.logLine(.info, "attempt \(exchange.attemptCount) at \(forwarded.endpoint.host)")
    try undo(forwarded, exchange, request)
    try send(forwarded, exchange, request)
    return .sendAgain
  }

  /// Fills silence with pings, and makes further attempts.
  public func event(_ request: Request, _ event: Event, _ state: inout State) throws(PluginError) -> Action {
    guard let exchange = state.exchange else { return .continue }
    guard event.kind == .timer else { return .continue }
    let now = request.host.monotonicTime
    if event.token == Token.retry {
      if let action = try again(exchange, after: 0, request) { return action }
      return try respond(exchange.giveUp(now: now), to: request)
    }
    // A timer of the answer that was given up: to continue now would be to send what is left of it.
    if exchange.awaitsAttempt { return .pause }
    if exchange.timer(now: now), let action = try again(exchange, after: 0, request) { return action }
    _ = try emit(exchange, request)
    if exchange.isOver { return .end }
    try startTimer(exchange, request, now: now)
    return .continue
  }

  /// Puts usage and times into the record.
  public func log(_ request: Request, _ state: inout State) throws(PluginError) {
    guard let exchange = state.exchange else { return }
    exchange.leaveTarget()
    let now = request.host.monotonicTime
    let findings = exchange.findings(now: now)
    for (key, json) in exchange.record(of: findings) { try request.log.set(key, json: json) }
    metrics.record(exchange.measurements(of: findings), exchange.labels(of: findings))
    for warning in findings.warnings { request.logLine(.warn, warning) }
  }
}
