/// `torii top`
struct OperateTop {
  private let session: OperateSession
  private let terminal: any OperateTerminal
  private let interval: Double
  /// How many looks; `nil` for as many as the user wants.
  private let count: Int?
  private let isPlain: Bool

  init(_ session: OperateSession, terminal: any OperateTerminal) throws(CommandFailure) {
    self.session = session
    self.terminal = terminal
    interval = try OperateValue.duration(session.options["interval"] ?? "1s", "--interval")
    guard (0.1...86_400).contains(interval) else { throw CommandFailure("--interval is 100ms to 24h", isUsage: true) }
    if let text = session.options["count"] {
      count = try OperateValue.count(text, "--count", least: 1)
    } else {
      count = nil
    }
    isPlain = session.options.isSet("plain") || !session.console.isTerminal
  }

  /// Watches until the user has seen enough; the exit code.
  func run() throws(CommandFailure) -> Int32 {
    // What is wrong at once is told on a terminal that is as it was.
    var rates = try look(nil)
    var failure: String?
    enter()
    defer { leave() }
    var shown = 0
    // Lines are about what happened between two looks, so there is none for the first one.
    if !isPlain {
      draw(rates, nil)
      shown = 1
      if shown == count { return 0 }
    }
    while true {
      switch wait(rates, failure) {
      case .quit: return failure == nil ? 0 : 1
      case .elapsed: break
      case .resized, .suspended: continue
      }
      do throws(CommandFailure) {
        rates = try look(rates)
        failure = nil
        if isPlain { session.console.out(OperateTopLines.text(rates)) }
      } catch {
        failure = PlainText.line("\(error)".split(separator: "\n").first.map(String.init) ?? "")
        if isPlain { session.console.error("torii top: \(failure ?? "")\n") }
      }
      if !isPlain { draw(rates, failure) }
      shown += 1
      if shown == count { return failure == nil ? 0 : 1 }
    }
  }

  private func look(_ before: OperateRates?) throws(CommandFailure) -> OperateRates {
    let status = OperateStatus(try session.statusNode())
    return OperateRates(status, at: session.clock.now(), before: before)
  }

  /// Waits for the next look; draws again when the terminal changes.
  private func wait(_ rates: OperateRates, _ failure: String?) -> OperateTerminalEvent {
    let end = session.clock.now() + interval
    while true {
      let event = terminal.wait(max(0, end - session.clock.now()))
      switch event {
      case .elapsed, .quit: return event
      case .suspended:
        leave()
        terminal.suspend()
        enter()
      case .resized: break
      }
      if !isPlain { draw(rates, failure) }
    }
  }

  private func draw(_ rates: OperateRates, _ failure: String?) {
    let size = terminal.size
    let screen = OperateTopScreen(rates, address: "\(session.client.url)", failure: failure, style: session.style)
    // The last column stays free: there, erasing to the end of the line would erase what was just written.
    let lines = screen.lines(columns: max(1, size.columns - 1), rows: size.rows)
    // From the upper left corner, each line and what was behind it, and what is below them: nothing flickers.
    var text = "\u{1B}[H"
    text += lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n")
    session.console.out(text + "\u{1B}[J")
  }

  private func enter() {
    terminal.begin(takesKeys: !isPlain)
    // Another screen than the one with the user's lines, without a cursor and without wrapping (xterm control sequences).
    if !isPlain { session.console.out("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J") }
  }

  private func leave() {
    if !isPlain { session.console.out("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l") }
    terminal.end()
  }
}
