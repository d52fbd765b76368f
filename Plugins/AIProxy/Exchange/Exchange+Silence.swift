/// `event`: what happens when nothing happens.
extension Exchange {
  /// Time has passed: writes a ping if the client has heard nothing for the configured interval.
  /// - Returns: milliseconds until this is to be called again, or `nil` if it need not be.
  func timer(now: UInt64) -> UInt64? {
    guard wantsTimer else { return nil }
    let interval = UInt64(clamping: configuration.translation.pingInterval) &* 1_000_000_000
    let silence = now &- min(lastOutputTime, now)
    guard silence >= interval else { return (interval - silence) / 1_000_000 + 1 }
    var current = AnswerPath.none
    swap(&current, &path)
    defer { swap(&current, &path) }
    switch current {
    case .anthropicStream(var translator):
      current = .none
      pingOrStop(&translator, now: now)
      current = .anthropicStream(translator)
    case .anthropicRecordedStream(var translator):
      current = .none
      pingOrStop(&translator, now: now)
      current = .anthropicRecordedStream(translator)
    default: return nil
    }
    return wantsTimer ? interval / 1_000_000 : nil
  }

  private func pingOrStop<Writer: AnswerWriter>(_ translator: inout AnswerTranslator<Writer>, now: UInt64) {
    // An upstream that said why it stopped but does not end its stream is not waited for.
    translator.stopWaiting()
    translator.ping()
    if translator.isEnded {
      endTime = endTime ?? now
      wantsTimer = false
    }
    move(&translator, now: now)
  }
}
