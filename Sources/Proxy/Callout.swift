import CToriiPlugin
import EventLoop
import Glibc
import HTTP
import PluginHost

/// What a plugin asks the host to fetch, checked and copied.
struct CalloutRequest {
  var method: [UInt8]
  var isTLS: Bool
  var host: String
  var port: UInt16
  var hostField: [UInt8]
  var target: [UInt8]
  var headers: [(name: [UInt8], value: [UInt8])] = []
  var body: [UInt8]
  var timeout: Int
  var limit: Int

  /// `nil` when the URL, a header or the method is malformed.
  init?(_ request: borrowing torii_http_request) {
    func view(_ slice: torii_slice) -> UnsafeRawBufferPointer {
      unsafe UnsafeRawBufferPointer(start: slice.data, count: slice.data == nil ? 0 : slice.size)
    }
    let url = unsafe String(decoding: view(request.url), as: UTF8.self)
    let rest: Substring
    if url.hasPrefix("https://") {
      isTLS = true
      rest = url.dropFirst(8)
    } else if url.hasPrefix("http://") {
      isTLS = false
      rest = url.dropFirst(7)
    } else {
      return nil
    }
    let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    guard let (name, number) = HostField.authority(rest[..<authorityEnd], defaultPort: isTLS ? 443 : 80) else {
      return nil
    }
    host = name
    port = UInt16(truncatingIfNeeded: number)
    hostField = HostField.text(host: name, port: number, isTLS: isTLS)
    let path = rest[authorityEnd...]
    target = Array((path.hasPrefix("/") ? String(path) : "/" + path).utf8)
    guard target.allSatisfy({ $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "#") }) else { return nil }
    method = unsafe Array(view(request.method))
    if method.isEmpty { method = Array("GET".utf8) }
    guard unsafe method.withUnsafeBytes({ unsafe FieldValue.isValidName($0) }), unsafe request.header_count <= 200
    else { return nil }
    var list = unsafe UnsafeBufferPointer(start: request.headers, count: Int(request.header_count)).makeIterator()
    while let header = unsafe list.next() {
      let name = unsafe view(header.name)
      let value = unsafe view(header.value)
      guard unsafe FieldValue.isValidName(name), unsafe FieldValue.isValidValue(value) else { return nil }
      let known = unsafe FieldName.lookup(name)
      if known == .host || Exchange.isConnectionField(known) { continue }
      unsafe headers.append((Array(name), Array(value)))
    }
    body = unsafe Array(view(request.body))
    timeout = unsafe request.timeout == 0 ? 60_000 : Int(request.timeout)
    limit = unsafe request.response_limit == 0 ? 1 << 20 : Int(request.response_limit)
  }
}

/// A request the host makes for a plugin: connects, asks, collects the response, and ends in one event.
///
/// Safety: views given to the plugin belong to `content` and `head` and live while its event callback runs.
@safe final class Callout: PluginOperation, UpstreamUser {
  private unowned let worker: ProxyWorker
  private let request: CalloutRequest
  private var connection: UpstreamConnection?
  private var resolution: Resolver.Request?
  private var parser: ResponseParser
  private var decoder: ChunkedDecoder
  private let fields = FieldTable()
  private var head: HeadBytes = HeadBytes()
  private var response = ResponseHead()
  private var hasHead = false
  private var remaining: UInt64 = 0
  private var addresses: [SocketAddress] = []
  private let content = ByteBuffer(capacity: 512)
  private let timer = Deadline()
  private var isOver = false
  /// start() has returned: from now on what happens may be told.
  private var hasStarted = false

  private final class Deadline: Timer {
    weak var callout: Callout?
    override func fire() { callout?.fail("took longer than its timeout") }
  }

  override var heldBytes: Int { content.capacity + request.body.count }

  init(
    worker: ProxyWorker, id: torii_operation_id, token: UInt64, instanceID: torii_instance_id,
    requestID: torii_request_id, request: CalloutRequest
  ) {
    self.worker = worker
    self.request = request
    parser = ResponseParser(limits: worker.limits)
    decoder = ChunkedDecoder(limits: worker.limits)
    super.init(id: id, token: token, instanceID: instanceID, requestID: requestID)
  }

  /// Begins; whatever happens is told on a later turn of the loop.
  func start() {
    defer { hasStarted = true }
    timer.callout = self
    worker.loop.timers.arm(timer, afterMilliseconds: UInt64(max(1, request.timeout)))
    let key = UpstreamTarget.Key(
      isTLS: request.isTLS, host: request.host, port: request.port,
      verification: UpstreamVerification(verify: worker.settings.upstreamTLSVerify))
    guard let target = try? worker.target(key) else {
      failLater("TLS cannot be set up")
      return
    }
    if let literal = target.literal {
      addresses = [literal]
      connect(target)
      return
    }
    resolution = worker.resolver.resolve(target.host, port: target.port) { [weak self] result in
      guard let self, !self.isOver else { return }
      self.resolution = nil
      switch result {
      case .success(let found):
        self.addresses = found
        self.connect(target)
      // An answer from the resolver's cache comes while start() still runs.
      case .failure(let error): if self.hasStarted { self.fail("\(error)") } else { self.failLater("\(error)") }
      }
    }
  }

  private func connect(_ target: UpstreamTarget) {
    guard !addresses.isEmpty else {
      failLater("no address answers")
      return
    }
    do { connection = try target.connect(to: addresses.removeFirst(), user: self) } catch {
      failLater("\(error)")
    }
  }

  private func failLater(_ reason: String) {
    let failing = CalloutFailure(self, reason)
    worker.loop.deferUntilTurnEnd(failing)
  }

  override func cancel() {
    isOver = true
    letGo()
    giveHead()
  }

  private func giveHead() {
    guard let slab = head.release() else { return }
    slab.clear()
    worker.slabs.give(slab)
  }

  private func letGo() {
    worker.loop.timers.cancel(timer)
    resolution?.cancel()
    resolution = nil
    if let connection {
      self.connection = nil
      unsafe connection.user = nil
      connection.closeSocket()
    }
  }

  func header(_ name: UnsafeRawBufferPointer, _ index: Int, _ value: inout torii_slice) -> torii_status {
    var none = FieldEdits()
    guard let found = unsafe none.value(WantedName(name), index, in: lines) else { return TORII_E_NOT_FOUND }
    unsafe value = unsafe torii_slice(data: found.baseAddress?.assumingMemoryBound(to: UInt8.self), size: found.count)
    return TORII_OK
  }

  /// A field line of the response by its position.
  func header(at position: UInt32, _ name: inout torii_slice, _ value: inout torii_slice) -> torii_status {
    var none = FieldEdits()
    return unsafe none.line(at: position, in: lines, &name, &value)
  }

  private var lines: HeadLines { HeadLines(head, fields, count: hasHead ? fields.count : 0) }

  // MARK: UpstreamUser

  func upstreamOpened(_ connection: UpstreamConnection) {
    let out = ByteBuffer(capacity: 1024 + request.body.count)
    out.append(request.method)
    out.append(" ")
    out.append(request.target)
    out.append(" HTTP/1.1\r\nHost: ")
    out.append(request.hostField)
    out.append("\r\n")
    for header in request.headers {
      out.append(header.name)
      out.append(": ")
      out.append(header.value)
      out.append("\r\n")
    }
    if !request.body.isEmpty || request.method != Array("GET".utf8) {
      out.append("Content-Length: ")
      out.append(decimal: request.body.count)
      out.append("\r\n")
    }
    out.append("Connection: close\r\n\r\n")
    out.append(request.body)
    parser.reset(requestMethodIsHEAD: request.method == Array("HEAD".utf8), requestIsCONNECT: false)
    if case .failed = unsafe connection.send(out.bytes) { fail("writing failed") }
  }

  func upstreamFailed(_ connection: UpstreamConnection, _ failure: UpstreamFailure) {
    if !hasHead, connection.state != .open, !addresses.isEmpty {
      let target = connection.target
      self.connection = nil
      unsafe connection.user = nil
      connection.closeSocket()
      connect(target)
      return
    }
    fail(failure.text)
  }

  func upstreamWritable(_ connection: UpstreamConnection) {}

  func upstreamReadable(_ connection: UpstreamConnection) {
    while !isOver {
      if let slab = connection.input, !slab.isEmpty {
        if !hasHead {
          switch unsafe parser.parse(slab.readable, fields: fields) {
          case .complete(let length):
            let parsed = parser.head
            if parsed.isInterim {
              slab.consumed(length)
              parser.reset(requestMethodIsHEAD: request.method == Array("HEAD".utf8), requestIsCONNECT: false)
              continue
            }
            connection.input = nil
            hasHead = true
            response = parsed
            head.take(slab, length: length)
            if case .length(let count) = parsed.body { remaining = count }
            if parsed.body == .none || parsed.body == .length(0) { return succeed() }
            if !take(slab) { return }
            continue
          case .failed(let error): return fail("malformed response: \(error.reason)")
          case .needMore: if slab.space == 0 { return fail("the response head is too large") }
          }
        } else if !take(slab) {
          return
        }
      }
      guard connection.mayRead else { return }
      switch connection.fill() {
      case .filled: continue
      case .nothing: return
      case .end:
        return hasHead && response.body == .untilClose ? succeed() : fail("closed before the response was complete")
      case .failed: return fail("the connection broke off")
      }
    }
  }

  /// Takes content; false when the response is over, one way or the other.
  private func take(_ slab: Slab) -> Bool {
    let start = unsafe slab.base + slab.start
    let available = slab.count
    var count = available
    var last = false
    switch response.body {
    case .length:
      count = Int(min(UInt64(available), remaining))
      remaining -= UInt64(count)
      last = remaining == 0
    case .chunked:
      switch unsafe decoder.decode(UnsafeMutableRawBufferPointer(start: start, count: available)) {
      case .progress(_, let data): count = data
      case .finished(_, let data):
        count = data
        last = true
      case .failed(let error):
        fail("malformed response: \(error.reason)")
        return false
      }
    case .untilClose, .none: break
    }
    slab.start = slab.end
    if slab !== head.leftover { slab.clear() }
    guard content.count + count <= request.limit else {
      fail("the response is larger than response_limit")
      return false
    }
    unsafe content.append(UnsafeRawBufferPointer(start: start, count: count))
    if last { succeed() }
    return !last
  }

  // MARK: The end

  private func succeed() {
    guard !isOver else { return }
    isOver = true
    letGo()
    var event = unsafe PluginEvent(kind: TORII_EVENT_HTTP)
    unsafe event.httpStatus = UInt32(response.status)
    unsafe event.body = unsafe torii_slice(
      data: content.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: content.count)
    unsafe tell(event)
  }

  fileprivate func fail(_ reason: String) {
    guard !isOver else { return }
    isOver = true
    letGo()
    var event = unsafe PluginEvent(kind: TORII_EVENT_HTTP)
    unsafe event.status = TORII_E_FAILED
    content.removeAll()
    content.append(string: reason)
    unsafe event.message = unsafe torii_slice(
      data: content.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: content.count)
    unsafe tell(event)
  }

  private func tell(_ event: PluginEvent) {
    worker.currentCallout = self
    unsafe worker.plugins.finished(self, event)
    worker.currentCallout = nil
    giveHead()
  }
}

/// A failure that was known at once is told on a later turn, as every other.
private final class CalloutFailure: DeferredTask {
  private let callout: Callout
  private let reason: String

  init(_ callout: Callout, _ reason: String) {
    self.callout = callout
    self.reason = reason
  }

  override func run() { callout.fail(reason) }
}
