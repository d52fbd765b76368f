import HTTP

/// The decoder of a chunked request body, in a place of its own: an open stream whose request had a length does not hold one.
final class RequestDecoder {
  var chunks: ChunkedDecoder

  init(limits: HTTPLimits) { chunks = ChunkedDecoder(limits: limits) }
}
