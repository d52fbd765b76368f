// Compressed answers, as they come and as what deflated bytes the input has behind a header that is right.

func fuzzGzip(_ bytes: [UInt8], cuts: (Int, Int)) {
  let body = bytes[0] & 1 == 0 ? bytes : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bytes
  let first = min(cuts.0, cuts.1, body.count)
  let second = min(max(cuts.0, cuts.1), body.count)
  let whole = decode([body[...]])
  let cut = decode([body[..<first], body[first..<second], body[second...]])
  require(cut.text == whole.text, "what is decoded depends on where the body was cut")
  require(cut.isComplete == whole.isComplete, "whether it is complete depends on where the body was cut")
}

private func decode(_ pieces: [ArraySlice<UInt8>]) -> (text: [UInt8], isComplete: Bool) {
  var decoder = GzipDecoder()
  var text: [UInt8] = []
  for piece in pieces {
    decoder.append(Array(piece).span)
    var progress = GzipDecoder.Progress.hasMore
    while progress == .hasMore { progress = decoder.run(into: &text, limit: 100) }
    if progress == .malformed { return (text, false) }
  }
  return (text, decoder.isComplete)
}
