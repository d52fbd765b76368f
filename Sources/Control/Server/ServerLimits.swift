/// How much a client of the control plane may ask for, and how long it may take.
struct ServerLimits {
  /// The largest body, in bytes; larger ones are answered 413.
  var body = 64 << 20
  /// How many connections are open at the same time; further ones wait in the queue of the listener.
  var connections = 1024
  /// How long an idle connection is kept, in milliseconds.
  var idle: UInt64 = 75_000
  /// How long a request head may take, in milliseconds, from its first byte.
  var head: UInt64 = 30_000
  /// How long nothing may come of a body, or be taken of an answer, in milliseconds.
  var progress: UInt64 = 60_000
  /// How long what a refused client still sends is read and dropped, in milliseconds, so that it sees the refusal.
  var linger: UInt64 = 2_000
  /// How many bytes are read ahead of the request that is being answered.
  var readAhead = 256 << 10
}
