import Glibc
import HTTP
import PluginHost

/// The record of a request as log plugins write it: one JSON object, field by field as Kong's (kong.md §4.2).
enum LogRecord {
  /// Members that the gateway writes itself.
  private static let ownKeys: [[UInt8]] = [
    "request", "response", "upstream_uri", "upstream_status", "latencies", "tries", "route", "service", "client_ip",
    "started_at", "source", "workspace", "workspace_name",
  ].map { Array($0.utf8) }

  /// Whether a key is one of the record's own.
  static func isOwn(_ key: ArraySlice<UInt8>) -> Bool {
    ownKeys.contains { $0.count == key.count && $0.elementsEqual(key) }
  }

  /// Request header fields whose values never appear, besides those that plugins name.
  private static func isSecret(_ name: UnsafeRawBufferPointer, _ known: FieldName, _ exchange: Exchange) -> Bool {
    switch known {
    case .authorization, .proxyAuthorization, .xAPIKey: return true
    default:
      if unsafe FieldValue.equalsIgnoringCase(name, "api-key") || FieldValue.equalsIgnoringCase(name, "x-goog-api-key")
      {
        return true
      }
      return exchange.redactedHeaders.contains { redacted in
        unsafe redacted.withUnsafeBytes { unsafe FieldValue.equalsIgnoringCase(name, $0) }
      }
    }
  }

  static func write(_ exchange: Exchange, to out: ByteBuffer) {
    out.append("{\"request\":{\"id\":\"")
    exchange.requestIdentifier.append(to: out)
    out.append("\",\"method\":")
    unsafe JSONText.append(string: exchange.requestBytes.view(exchange.head.methodRange), to: out)
    writeAddress(exchange, to: out)
    out.append(",\"querystring\":")
    unsafe QueryArguments.write(exchange.requestBytes.view(exchange.head.query), to: out)
    out.append(",\"headers\":")
    let fields = unsafe exchange.worker.logFields
    fields.removeAll()
    fields.take(exchange.requestBytes, exchange.fields)
    unsafe fields.write(to: out) { name, known, value in
      unsafe isSecret(name, known, exchange) || holdsSecret(value, exchange)
    }
    out.append(",\"size\":")
    out.append(decimal: exchange.receivedBytes)
    writeTLS(exchange, to: out)
    out.append("},\"upstream_uri\":")
    // A request that a plugin answered is known by where it would have gone.
    if exchange.source == .exit, exchange.upstreamURI.isEmpty, exchange.tries.isEmpty, exchange.entry?.service != nil {
      exchange.buildUpstreamURI()
    }
    if exchange.tries.isEmpty, exchange.upstreamURI.isEmpty {
      out.append("\"\"")
    } else {
      unsafe exchange.upstreamURI.withUnsafeBytes { uri in
        if unsafe holdsSecret(uri, exchange) {
          out.append("\"REDACTED\"")
        } else {
          unsafe JSONText.append(string: uri, to: out)
        }
      }
    }
    writeUpstreamStatus(exchange, to: out)
    writeResponse(exchange, to: out)
    writeLatencies(exchange, to: out)
    writeTries(exchange, to: out)
    if let entry = exchange.entry {
      out.append(",\"route\":")
      out.append(entry.logJSON)
      if let service = entry.service {
        out.append(",\"service\":")
        out.append(service.logJSON)
      }
    }
    out.append(",\"client_ip\":\"")
    unsafe out.append(exchange.client.peerText)
    out.append("\",\"started_at\":")
    out.append(decimal: exchange.startWall / 1_000_000)
    out.append(
      exchange.source == .service || exchange.isClientGone ? ",\"source\":\"upstream\"" : ",\"source\":\"kong\"")
    out.append(",\"workspace\":\"0dc6f45b-8f8d-40d2-a504-473544ee190b\",\"workspace_name\":\"default\"")
    exchange.logValues.write(to: out)
    out.append("}")
  }

  private static func writeAddress(_ exchange: Exchange, to out: ByteBuffer) {
    let head = exchange.head
    let target = unsafe exchange.requestBytes.view(head.target)
    out.append(",\"uri\":")
    let isAbsolute = head.form == .absolute
    // As the path was asked for, whatever form the target had.
    if isAbsolute {
      out.append("\"")
      unsafe JSONText.appendContents(exchange.requestBytes.view(head.path), to: out)
      if head.hasQuery {
        out.append("?")
        unsafe JSONText.appendContents(exchange.requestBytes.view(head.query), to: out)
      }
      out.append("\"")
    } else {
      unsafe JSONText.append(string: target, to: out)
    }
    out.append(",\"url\":\"")
    unsafe out.append(exchange.client.listener.isTLS ? "https://" : "http://")
    let host =
      unsafe isAbsolute ? exchange.requestBytes.view(head.authorityHost) : exchange.requestBytes.view(head.hostName)
    if host.count > 0 { unsafe JSONText.appendContents(host, to: out) } else { out.append("torii") }
    out.append(":")
    unsafe out.append(decimal: UInt64(exchange.client.listener.port))
    if isAbsolute {
      unsafe JSONText.appendContents(exchange.requestBytes.view(head.path), to: out)
      if head.hasQuery {
        out.append("?")
        unsafe JSONText.appendContents(exchange.requestBytes.view(head.query), to: out)
      }
    } else {
      unsafe JSONText.appendContents(target, to: out)
    }
    out.append("\"")
  }

  private static func writeTLS(_ exchange: Exchange, to out: ByteBuffer) {
    guard let tls = unsafe exchange.client.transport.tls else { return }
    out.append(",\"tls\":{\"version\":\"")
    out.append(string: tls.version)
    out.append("\",\"cipher\":\"")
    out.append(string: tls.cipher ?? "")
    out.append("\",\"client_verify\":\"NONE\"}")
  }

  /// One status a try: `"502, 200"`; a client that left leaves none.
  private static func writeUpstreamStatus(_ exchange: Exchange, to out: ByteBuffer) {
    out.append(",\"upstream_status\":\"")
    if exchange.isClientGone, exchange.upstreamStatus == 0, !exchange.tries.isEmpty {
      if exchange.responseStatus == 499 { out.append("-") }
    } else {
      for (index, attempt) in exchange.tries.enumerated() {
        if index > 0 { out.append(", ") }
        let isLast = index == exchange.tries.count - 1
        let status = isLast && attempt.code == 0 ? exchange.upstreamStatus : attempt.code
        out.append(decimal: UInt64(status))
      }
    }
    out.append("\"")
  }

  private static func writeResponse(_ exchange: Exchange, to out: ByteBuffer) {
    out.append(",\"response\":{\"status\":")
    out.append(decimal: UInt64(exchange.responseStatus))
    out.append(",\"headers\":")
    let fields = unsafe exchange.worker.logFields
    fields.removeAll()
    if let head = exchange.sentHead { unsafe fields.take(sentHead: head.bytes) }
    unsafe fields.write(to: out) { _, _, value in unsafe holdsSecret(value, exchange) }
    fields.removeAll()
    out.append(",\"size\":")
    out.append(decimal: exchange.responseBytes)
    out.append("}")
  }

  private static func writeLatencies(_ exchange: Exchange, to out: ByteBuffer) {
    let end = exchange.finishTime
    let proxied = !exchange.tries.isEmpty
    let request = Exchange.milliseconds(from: exchange.startTime, to: end)
    out.append(",\"latencies\":{\"request\":")
    out.append(decimal: request)
    out.append(",\"kong\":")
    if proxied {
      out.append(decimal: Exchange.milliseconds(from: exchange.startTime, to: exchange.upstreamStartTime))
    } else {
      out.append(decimal: request)
    }
    out.append(",\"proxy\":")
    if proxied {
      let head = exchange.upstreamHeadTime > 0 ? exchange.upstreamHeadTime : end
      out.append(decimal: Exchange.milliseconds(from: exchange.upstreamStartTime, to: head))
    } else {
      out.append("-1")
    }
    out.append(",\"receive\":")
    let received = exchange.upstreamEndTime > 0 ? exchange.upstreamEndTime : end
    out.append(
      decimal: exchange.upstreamHeadTime > 0 ? Exchange.milliseconds(from: exchange.upstreamHeadTime, to: received) : 0)
    out.append("}")
  }

  private static func writeTries(_ exchange: Exchange, to out: ByteBuffer) {
    guard exchange.upstreamStartTime > 0 else { return }
    out.append(",\"tries\":[")
    for (index, attempt) in exchange.tries.enumerated() {
      if index > 0 { out.append(",") }
      out.append("{\"balancer_start\":")
      out.append(decimal: attempt.startWall / 1_000_000)
      out.append(",\"balancer_start_ns\":")
      out.append(decimal: attempt.startWall)
      out.append(",\"balancer_latency\":")
      out.append(decimal: attempt.latency / 1_000_000)
      out.append(",\"balancer_latency_ns\":")
      out.append(decimal: attempt.latency)
      if let address = attempt.address {
        out.append(",\"ip\":\"")
        out.append(string: address.host)
        out.append("\",\"port\":")
        out.append(decimal: UInt64(address.port))
      }
      if attempt.code != 0 {
        out.append(",\"state\":\"failed\",\"code\":")
        out.append(decimal: UInt64(attempt.code))
      }
      out.append("}")
    }
    out.append("]")
  }

  /// Whether a text holds a secret of some plugin's configuration.
  private static func holdsSecret(_ text: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
    guard !exchange.chain.secrets.isEmpty else { return false }
    return exchange.chain.secrets.contains { secret in
      unsafe secret.count >= 4 && text.count >= secret.count
        && secret.withUnsafeBytes { unsafe BytesSearch.contains(text, $0) }
    }
  }
}
