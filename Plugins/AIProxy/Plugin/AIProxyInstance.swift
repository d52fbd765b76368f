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
  private let metrics: CallMetrics

  init(_ instance: ProxyInstance, metrics: CallMetrics) {
    self.instance = instance
    self.metrics = metrics
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
      ) { source, key in
        switch source {
        case .headers: request.headers[key]
        case .queryParameters: Query.value(of: key, in: request.query.string)
        case .captures: request.capture(key)?.string
        }
      }
    }
    for note in exchange.request.notes { request.logLine(.info, note) }
    switch action {
    case .respond(let response): return try respond(response, to: request)
    case .forward(let forwarded):
      try send(forwarded, request)
      return .continue
    }
  }

  private func send(_ forwarded: ForwardedRequest, _ request: Request) throws(PluginError) {
    let endpoint = forwarded.endpoint
    try request.setTarget(
      Request.Target(
        scheme: endpoint.isSecure ? "https" : "http", host: endpoint.host, port: UInt32(clamping: endpoint.port)))
    try request.setPath(endpoint.path)
    if let query = forwarded.query { try request.setQuery(query) }
    let format = instance.configuration.clientFormat
    let keepsProtocol = forwarded.keepsProtocolHeaders
    // A credential for the gateway is none for the upstream, if the upstream's goes into another field.
    let authentication = instance.configuration.authentication
    let dropsAuthorization =
      !authentication.allowsOverride && authentication.headerName.map { $0.lowercased() != "authorization" } ?? false
    // Names are gathered first: the map must not change while it is gone through.
    var dropped: [String] = []
    for (name, _) in request.upstreamHeaders {
      if name.withSpan({ ClientHeaders.isDropped($0, format: format, keepsProtocol: keepsProtocol) })
        || (dropsAuthorization && name.equals(ignoringCase: "authorization"))
      {
        dropped.append(name.string)
      }
    }
    for name in dropped { try request.upstreamHeaders.remove(name) }
    for header in forwarded.headers { try request.upstreamHeaders.set(header.name, header.value) }
    if let body = forwarded.body { try request.emit(body) }
  }

  private func respond(_ response: LocalResponse, to request: Request) throws(PluginError) -> Action {
    var headers = HeaderList()
    for header in response.headers { headers.append(header.name, header.value) }
    return try request.respond(status: UInt32(clamping: response.status), headers: headers, body: response.body)
  }

  /// Learns what kind of answer comes, and names its type.
  public func headerFilter(_ request: Request, _ state: inout State) throws(PluginError) -> Action {
    guard let exchange = state.exchange else { return .continue }
    let coding = request.responseHeaders.get("content-encoding")
    let isCompressed = coding.map { !$0.isEmpty && !$0.equals(ignoringCase: "identity") } ?? false
    let headers = exchange.responseHead(
      status: Int(request.status), upstreamStatus: Int(request.upstreamStatus), isCompressed: isCompressed,
      now: request.host.monotonicTime)
    for header in headers { try request.responseHeaders.set(header.name, header.value) }
    // The upstream's cookies are for the gateway, if for anybody.
    if !headers.isEmpty { try request.responseHeaders.remove("set-cookie") }
    try startTimer(exchange, request)
    return .continue
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
    }
    switch action {
    case .pass: return .continue
    case .respond(let response): return try respond(response, to: request)
    case .replace, .end: break
    }
    let hasOutput = try emit(exchange, request)
    try startTimer(exchange, request)
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
  private func startTimer(_ exchange: Exchange, _ request: Request) throws(PluginError) {
    guard let delay = exchange.timerDelay(now: request.host.monotonicTime) else { return }
    try request.startTimer(milliseconds: delay)
  }

  /// Fills silence with pings.
  public func event(_ request: Request, _ event: Event, _ state: inout State) throws(PluginError) -> Action {
    guard event.kind == .timer, let exchange = state.exchange else { return .continue }
    exchange.timer(now: request.host.monotonicTime)
    _ = try emit(exchange, request)
    try startTimer(exchange, request)
    return .continue
  }

  /// Puts usage and times into the record.
  public func log(_ request: Request, _ state: inout State) throws(PluginError) {
    guard let exchange = state.exchange else { return }
    let now = request.host.monotonicTime
    for (key, json) in exchange.record(now: now) { try request.log.set(key, json: json) }
    metrics.record(exchange.measurements(now: now))
    for warning in exchange.warnings { request.logLine(.warn, warning) }
  }
}
