import Synchronization

/// What all connections share.
final class Simulator: Sendable {
  let options: Options
  let models: ModelTable
  let recorder: Recorder
  let cache = PrefixCache()
  private let rules: Lock<[FaultRule]>
  /// Spares requests the lock when there is no script, as in load tests.
  private let isScripted: Atomic<Bool>

  init(options: Options, rules: [FaultRule], recordFile: Int32) {
    self.options = options
    self.rules = Lock(rules)
    isScripted = Atomic(!rules.isEmpty)
    models = ModelTable(extra: options.models)
    recorder = Recorder(keep: options.keep, file: recordFile)
  }

  /// Replaces the fault script.
  func setRules(_ new: [FaultRule]) {
    rules.withLock { $0 = new }
    isScripted.store(!new.isEmpty, ordering: .sequentiallyConsistent)
  }

  /// The faults that the script has for a request.
  func scriptedFaults(for request: Request, model: String?, stream: Bool) -> FaultPlan? {
    rules.withLock { rules in
      // Every rule counts the requests it matches, also when an earlier one acts.
      var result: FaultPlan?
      for index in rules.indices {
        let plan = rules[index].apply(to: request, model: model, stream: stream)
        if result == nil { result = plan }
      }
      return result
    }
  }

  /// Whether there is a script at all.
  var hasRules: Bool { isScripted.load(ordering: .sequentiallyConsistent) }
}
