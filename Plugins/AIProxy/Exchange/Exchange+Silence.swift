/// `event`: what happens when nothing happens.
extension Exchange {
  /// Usage, or the end of the stream, may come this long after the reason why the upstream stopped.
  private static let finishPatience: UInt64 = 3_000_000_000

  /// The upstream's body may end this long after the answer was complete: usually it does at once, and the connection
  /// serves again.
  private static let endPatience: UInt64 = 1_000_000_000

  /// In how many milliseconds ``timer(now:)`` is to be called, if no timer that was started runs out by then: to be asked
  /// after the response's head, after every piece and after every timer.
  func timerDelay(now: UInt64) -> UInt64? {
    guard let time = wakeTime else { return nil }
    if let armedTime, armedTime <= time { return nil }
    armedTime = time
    return time > now ? (time &- now) / 1_000_000 &+ 1 : 1
  }

  /// When something is to be done, if nothing comes before.
  private var wakeTime: UInt64? {
    if let completionTime { return completionTime &+ Self.endPatience }
    guard isStreaming else { return nil }
    if case .openAI = path { return patienceTime }
    if let finishTime { return finishTime &+ Self.finishPatience }
    let pingTime = configuration.translation.pingInterval > 0 ? lastOutputTime &+ pingInterval : nil
    guard let pingTime, let patienceTime else { return pingTime ?? patienceTime }
    return min(pingTime, patienceTime)
  }

  /// When the upstream has been waited for long enough: for its first token, or for more.
  private var patienceTime: UInt64? {
    let resilience = instance.configuration.resilience
    let patience = firstTokenTime == nil ? resilience.firstTokenTimeout : resilience.tokenTimeout
    guard patience > 0 else { return nil }
    return (firstTokenTime == nil ? attemptTime : lastPieceTime) &+ UInt64(clamping: patience) &* 1_000_000
  }

  /// Whether an upstream that has broken off did so by saying nothing for as long as is waited for.
  func fellSilent(now: UInt64) -> Bool {
    let patience = UInt64(clamping: instance.configuration.resilience.readTimeout) &* 1_000_000
    // Timers of two clocks: a moment is no difference.
    return patience > 0 && now &+ 50_000_000 >= max(attemptTime, lastPieceTime) &+ patience
  }

  private var pingInterval: UInt64 { UInt64(clamping: configuration.translation.pingInterval) &* 1_000_000_000 }

  /// A timer has run out: writes a ping if the client has heard nothing for the configured interval, or ends an answer
  /// whose upstream said why it stopped and then nothing.
  /// What follows may be the end of the response: see ``isOver``.
  /// - Returns: whether the upstream was silent for so long that another attempt is to be made, at once.
  @discardableResult
  func timer(now: UInt64) -> Bool {
    armedTime = nil
    guard let time = wakeTime, now >= time else { return false }
    if completionTime != nil {
      end()
      return false
    }
    if retained != nil, let patienceTime, now >= patienceTime, answerFailed(Self.silence, now: now) != .none {
      return true
    }
    var current = AnswerPath.none
    swap(&current, &path)
    defer { swap(&current, &path) }
    switch current {
    case .anthropicStream(let translator): pingOrStop(&translator.value, now: now)
    case .anthropicRecordedStream(let translator): pingOrStop(&translator.value, now: now)
    case .translated(var translator):
      current = .none
      pingOrStop(&translator, now: now)
      current = .translated(translator)
    default: return false
    }
    return false
  }

  static let silence = Failure(.timeout, "The upstream was silent for too long.")

  private func pingOrStop<Translator: AnswerTranslating>(_ translator: inout Translator, now: UInt64) {
    // An upstream that said why it stopped but does not end its stream is not waited for.
    translator.stopWaiting()
    if let patienceTime, now >= patienceTime, !translator.isEnded {
      // There is no status any more that could say it: an event does.
      translator.commit()
      translator.fail(Self.silence)
      noteBrokenAnswer(now: now)
    }
    if translator.isEnded {
      endTime = endTime ?? now
      isStreaming = false
      end()
    } else {
      // The head goes out with the first ping: what the upstream says next can no longer change the status.
      translator.commit()
      translator.ping()
    }
    move(&translator, now: now)
  }
}
