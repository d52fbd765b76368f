/// Answers of upstreams that compress although they were asked not to.
extension Exchange {
  /// So many bytes are decoded at a time: a small body may hold a very large one.
  private static let decodingStep = 65536
  /// So many steps may come of one piece: text does not shrink by more, and requests of others wait meanwhile.
  private static let decodingStepLimit = 64

  /// Whether the body can be decoded: it is the upstream's, and it is looked at.
  func canDecode(upstreamStatus: Int) -> Bool {
    guard isForwarded, upstreamStatus != 0, plan.answer != .opaque else { return false }
    // The upstream's errors pass as they came where it speaks as the client does.
    return (200...299).contains(upstreamStatus) || plan.answer != .relay
  }

  /// As ``responsePiece(_:isLast:isTruncated:now:)``, of a body that is compressed.
  func compressedPiece(
    _ decoder: Held<GzipDecoder>, _ bytes: borrowing Span<UInt8>, isLast: Bool, isTruncated: Bool, now: UInt64
  ) -> PieceAction {
    decoder.value.append(bytes)
    var text: [UInt8] = []
    var steps = 0
    while true {
      text.removeAll(keepingCapacity: true)
      let progress = decoder.value.run(into: &text, limit: Self.decodingStep)
      steps += 1
      let isMalformed = progress == .malformed || (progress == .hasMore && steps >= Self.decodingStepLimit)
      let isEnd = isMalformed || (isLast && progress == .needsInput)
      let action = plainPiece(
        text.span, isLast: isEnd, isTruncated: isEnd && (isTruncated || !decoder.value.isComplete), now: now)
      switch action {
      case .pass: output.append(contentsOf: text)
      case .replace: break
      case .end, .respond, .askAgain: return action
      }
      if isMalformed { return .end }
      if progress == .needsInput { return .replace }
    }
  }
}
