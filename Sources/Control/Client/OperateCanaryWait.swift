import JSON

/// Waits for the end of a canary: `torii reload --canary … --wait`.
struct CanaryWait {
  private let session: OperateSession
  private let generation: Int
  private let duration: Double
  /// Seconds between two looks.
  private static let interval = 0.5
  /// Seconds between two lines that say how it goes.
  private static let reportInterval = 10.0
  /// After so many looks at a status that does not have the generation it is gone: what is new may not show at once.
  private static let looksWithout = 6
  /// Seconds that the gateway may take over what was asked for, and that it may not answer.
  private static let grace = 30.0

  init(_ session: OperateSession, generation: Int, duration: Double) {
    self.session = session
    self.generation = generation
    self.duration = duration
  }

  /// Waits and says how it went; the exit code.
  func run() throws(CommandFailure) -> Int32 {
    let start = session.clock.now()
    var lastAnswer = start
    var nextReport = start + Self.reportInterval
    var looksWithout = 0
    while true {
      session.clock.pause(Self.interval)
      let now = session.clock.now()
      do throws(CommandFailure) {
        let status = OperateStatus(try session.statusNode())
        lastAnswer = now
        if let code = end(status) { return code }
        looksWithout = isKnown(status) ? 0 : looksWithout + 1
        if looksWithout >= Self.looksWithout {
          session.console.out("generation \(generation) is not in service; the gateway does not say why\n")
          return 1
        }
        if now >= nextReport, let canary = status.canary {
          let text = OperateStatusText(status, now: now, style: session.style)
          session.console.out(text.canaryLine(canary) + "\n")
          nextReport = now + Self.reportInterval
        }
      } catch {
        // The controller may be starting again; the canary goes on meanwhile.
        if now - lastAnswer > Self.grace { throw error }
      }
      guard now - start <= duration + Self.grace else {
        throw CommandFailure(
          """
          generation \(generation) is neither promoted nor rolled back after \(OperateFormat.length(now - start))
            'torii canary status' shows how it is doing; 'torii canary promote' or 'abort' ends it
          """)
      }
    }
  }

  /// The exit code, when the canary has ended.
  private func end(_ status: OperateStatus) -> Int32? {
    if let end = status.canaryHistory.last(where: { $0.generation == generation }) {
      let reason = end.reason.isEmpty ? "" : ": \(end.reason)"
      session.console.out("generation \(generation) was \(end.outcome)\(reason)\n")
      return end.outcome == "promoted" ? 0 : 1
    }
    // A gateway that was started again has forgotten how canaries ended.
    guard status.canary?.generation != generation, state(status) == OperateStatus.inService else { return nil }
    session.console.out("generation \(generation) is in service\n")
    return 0
  }

  private func state(_ status: OperateStatus) -> String? {
    status.generations.first { $0.number == generation }?.state
  }

  private func isKnown(_ status: OperateStatus) -> Bool {
    status.canary?.generation == generation || state(status) == "canary"
  }
}
