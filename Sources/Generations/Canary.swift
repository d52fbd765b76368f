import EventLoop
import Glibc
import JSON
import Proxy

/// A generation that a share of requests tries out.
struct Canary {
  /// How one ended.
  struct Outcome {
    var number: Int
    var isPromoted: Bool
    var reason: String
    /// Since 1970.
    var time: Int
  }

  let document: GenerationDocument
  let options: GenerationOptions.Canary
  let faultsBefore: Int
  /// Since 1970.
  let since: Int
  /// Monotonic nanoseconds.
  let end: UInt64

  init(document: GenerationDocument, options: GenerationOptions.Canary, faultsBefore: Int, at loop: EventLoop) {
    self.document = document
    self.options = options
    self.faultsBefore = faultsBefore
    since = loop.wallClock.seconds
    end = loop.now &+ UInt64(options.duration) &* 1_000_000_000
  }

  /// What a worker is told.
  var commit: JSONNode {
    ControlMessage.make(
      ControlMessage.commit, number: document.number, [.init(name: "canary", value: options.share.node)])
  }
}

extension GenerationPublisher {
  /// Requests that an error rate is computed from, at least.
  private static let enoughRequests = 20

  func begin(_ new: Canary) {
    canary = new
    for worker in workers where worker.prepared == new.document.number { _ = worker.channel.send(new.commit) }
    log.write(.notice, "generation \(new.document.number) is tried out for \(new.options.duration) s")
    canaryTimer.action = { [unowned self] in self.judgeCanary() }
    loop.timers.arm(canaryTimer, afterMilliseconds: 200)
  }

  /// What the workers counted of it.
  func canaryCounts(_ number: Int) -> (served: Int, failed: Int) {
    workers.reduce((0, 0)) { sum, worker in
      let counts = worker.counts.generations[number]
      return (sum.0 + (counts?.served ?? 0), sum.1 + (counts?.failed ?? 0))
    }
  }

  private func judgeCanary() {
    guard let canary else { return }
    let counts = canaryCounts(canary.document.number)
    let faults = (board?.faultCount ?? 0) - canary.faultsBefore
    let options = canary.options
    if faults > options.maximumFaults {
      let last = board?.faults.last.map { ": \($0.description)" } ?? ""
      _ = endCanary(promote: false, "\(faults) faults of plugins\(last)")
    } else if counts.served >= Self.enoughRequests,
      Double(counts.failed) > options.maximumErrorRate * Double(counts.served)
    {
      _ = endCanary(promote: false, "\(counts.failed) of \(counts.served) requests failed")
    } else if loop.now >= canary.end {
      _ = endCanary(promote: true, "nothing spoke against it in \(options.duration) s")
    } else {
      loop.timers.arm(canaryTimer, afterMilliseconds: 200)
    }
  }

  /// Ends what is being tried out.
  /// - Returns: its number; `nil` when there is nothing.
  public func endCanary(promote: Bool, _ reason: String) -> Int? {
    guard let ended = canary else { return nil }
    canary = nil
    loop.timers.cancel(canaryTimer)
    let number = ended.document.number
    for worker in workers {
      _ = worker.channel.send(
        ControlMessage.make(promote ? ControlMessage.promote : ControlMessage.abort, number: number))
      if promote { worker.serves = number }
    }
    canaryHistory.append(
      .init(number: number, isPromoted: promote, reason: reason, time: loop.wallClock.seconds))
    if canaryHistory.count > 16 { canaryHistory.removeFirst() }
    if promote {
      take(ended.document)
      log.write(.notice, "generation \(number) is for all requests now: \(reason)")
    } else {
      log.write(.error, "generation \(number) is rolled back: \(reason)")
    }
    onCanaryEnd(promote)
    return number
  }
}
