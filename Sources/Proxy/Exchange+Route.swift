import Glibc
import HTTP
import PluginHost
import Routing

/// Which route the request takes, and with it which plugins and which service.
extension Exchange {
  func route() {
    let generation = unsafe worker.generationForNewRequest(self)
    self.generation = generation
    generation.activeRequests &+= 1
    chain = generation.globalChain
    if head.method == .trace {
      register()
      respondWithError(status: 405, message: "Method not allowed")
      return
    }
    if head.method == .connect {
      register()
      respondWithError(status: 405, message: "Method not allowed: this gateway opens no tunnels by CONNECT")
      return
    }
    guard normalizePath() else {
      register()
      keepAlive = false
      respondWithError(
        status: 400, message: "The path holds a malformed or forbidden percent-encoding, or leads above the root.")
      return
    }
    guard let router = generation.router, matches(router), match.routeIndex < generation.routes.count else {
      register()
      respondWithError(status: 404, message: "no Route matched with those values", style: .negotiated)
      return
    }
    let entry = generation.routes[match.routeIndex]
    self.entry = entry
    let isTLS = unsafe client.listener.isTLS
    chain = isTLS ? entry.tlsChain : entry.chain
    if !isTLS, !entry.acceptsPlain, entry.acceptsTLS {
      register()
      requireTLS(status: UInt16(truncatingIfNeeded: entry.route.httpsRedirectStatusCode))
      return
    }
    register()
    let limit = unsafe worker.settings.clientMaxBodySize
    if limit > 0, case .length(let length) = head.body, length > limit {
      respondWithError(status: 413, message: "Payload too large")
      return
    }
    let isRefused =
      unsafe chain.isRefused
      || (worker.plugins.hasQuarantine && chain.links.contains { $0.instance.quarantine == .reject })
    if isRefused {
      respondWithError(
        status: 503, message: "A plugin of this route is quarantined after repeated faults", style: .negotiated)
      return
    }
    runAccess(from: 0)
  }

  /// False when the path is one that no two readers would understand alike.
  private func normalizePath() -> Bool {
    let path = unsafe requestBytes.view(head.path)
    pathIsNormalized = false
    if path.count == 0 {
      normalizedPath.removeAll(keepingCapacity: true)
      normalizedPath.append(UInt8(ascii: "/"))
      return true
    }
    switch PathNormalizer.check(path) {
    case .normalized: pathIsNormalized = true
    case .needsNormalization:
      normalizedPath.removeAll(keepingCapacity: true)
      PathNormalizer.normalize(path, into: &normalizedPath)
    case .malformed: return false
    }
    return true
  }

  /// The request's path after normalisation; the view lives until the request ends.
  func withPath<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe pathIsNormalized ? body(requestBytes.view(head.path)) : normalizedPath.withUnsafeBytes { unsafe body($0) }
  }

  /// The host the request is for: the target's authority before the Host field (RFC 9112 §3.2.2).
  var hostText: UnsafeRawBufferPointer {
    if !head.authority.isEmpty { return unsafe requestBytes.view(head.authority) }
    guard head.host >= 0, Int(head.host) < fields.count else {
      return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return unsafe requestBytes.view(fields[Int(head.host)].value)
  }

  private func matches(_ router: Router) -> Bool {
    let method = unsafe requestBytes.view(head.methodRange)
    let fieldsOfRequest = unsafe RequestFields(bytes: requestBytes.bytes, fields: fields)
    let serverName = unsafe client.serverName
    return unsafe serverName.withUnsafeBytes { name in
      unsafe withPath { path in
        let request = unsafe RouteRequest(
          method: method, host: hostText, path: path, isTLS: client.listener.isTLS,
          sni: name.count > 0 ? name : nil, listenerPort: client.listener.port)
        return router.match(request, fields: fieldsOfRequest, result: &match)
      }
    }
  }

  /// The route is for https only (kong.md §2.10).
  private func requireTLS(status: UInt16) {
    guard status != 426 else {
      responseEdits.add("Connection", "Upgrade")
      responseEdits.add("Upgrade", "TLS/1.2, HTTP/1.1")
      respondWithError(status: 426, message: "Please use HTTPS protocol", style: .negotiated)
      return
    }
    let location = ByteBuffer(capacity: 256)
    location.append("https://")
    let host = unsafe hostText
    unsafe location.append(head.hostPort == nil ? host : requestBytes.view(head.hostName))
    unsafe location.append(requestBytes.view(head.path))
    if head.hasQuery {
      location.append(byte: UInt8(ascii: "?"))
      unsafe location.append(requestBytes.view(head.query))
    }
    unsafe responseEdits.add("Location", location.bytes)
    respondWithError(status: status, message: "", style: .empty)
  }
}

/// The request's fields as the router reads them.
///
/// Safety: the bytes and the table stay as they are while the router matches.
@safe private struct RequestFields: RouteHeaderFields {
  let bytes: UnsafeRawBufferPointer
  let fields: FieldTable

  func nextValue(of name: UnsafeRawBufferPointer, cursor: inout Int) -> UnsafeRawBufferPointer? {
    while cursor < fields.count {
      let line = fields[cursor]
      cursor &+= 1
      if unsafe FieldValue.equalsIgnoringCase(view(line.name), name) { return unsafe view(line.value) }
    }
    return nil
  }

  private func view(_ range: ByteRange) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: bytes[Int(range.offset)..<Int(range.end)])
  }
}
