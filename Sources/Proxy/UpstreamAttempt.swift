import EventLoop

/// The state of getting a request to an upstream.
struct UpstreamAttempt {
  /// Where to.
  var target: UpstreamTarget?
  var hostField: [UInt8] = []
  var timeouts = UpstreamTimeouts()
  /// Addresses of the target, once they are known.
  var addresses: [SocketAddress] = []
  var addressIndex = 0
  /// How often it may still be tried again.
  var retriesLeft = 0
  /// A connection from the pool turned out dead; a fresh one is tried without counting.
  var poolRetried = false
  /// The head waits to be written, with the first piece of content if there is one.
  var headPending = false
  /// How the request's content is framed towards the upstream.
  var isChunked = false
  /// What was sent of a short body, to be sent again when the connection turns out dead.
  var sentBody: ByteBuffer?
  /// The body was sent to its end.
  var bodyIsSent = false
  /// What is sent has been sent before.
  var isRepeating = false
  /// Without the chunked coding: bytes of content that were announced and not sent yet.
  var contentLeft: UInt64 = 0
  /// Waiting for the addresses of a name.
  var resolution: Resolver.Request?
}

/// One attempt, for the log record (kong.md §4.2).
struct BalancerTry {
  var address: SocketAddress?
  /// Nanoseconds since 1970.
  var startWall: UInt64
  /// Nanoseconds that choosing the target took.
  var latency: UInt64
  /// The status that ended it, 0 while it has not failed.
  var code: UInt16 = 0
  /// Whether another attempt followed.
  var isNext = false
}

/// Where a plugin wants the request to go.
struct TargetOverride {
  var key: UpstreamTarget.Key
  var hostField: [UInt8]
  var timeouts: UpstreamTimeouts
}
