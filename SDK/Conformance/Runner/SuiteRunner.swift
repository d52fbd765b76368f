import CConformance
import Glibc
import JSON
import Routing

/// Runs checks, each in a child of its own, and gathers what became of them. Never loads the library itself.
public final class SuiteRunner {
  private var options: SuiteOptions
  private var verdicts: [String: Verdict] = [:]
  private var results: [String: CheckResult] = [:]
  private var facts: PluginFacts?
  private var folder = ""

  /// A runner with options.
  public init(_ options: SuiteOptions) { self.options = options }

  /// Runs the suite; every result is given to `each`, in the list's order, as soon as those before it are there.
  public func run(_ each: (CheckResult) -> Void) throws -> Report {
    let startTime = conformance_now()
    guard let bytes = Files.read(options.library) else {
      throw SuiteError(description: "\(options.library): cannot be read")
    }
    guard let made = Files.makeTemporaryFolder() else {
      throw SuiteError(description: "no temporary folder can be made")
    }
    options.threadSanitizer = ThreadSanitizer.runtime(neededBy: bytes)
    if options.threadSanitizer != nil { options.deadline *= 4 }
    folder = made
    defer { Files.removeFolder(folder) }
    let checks = try chosen()
    facts = probe()
    var pending = checks.filter { !leaveOut($0) }
    var running: [RunningCheck] = []
    var shown = 0
    while !pending.isEmpty || !running.isEmpty {
      start(&pending, &running, among: checks)
      for child in running {
        guard let outcome = child.poll() else { continue }
        running.removeAll { $0 === child }
        if let check = checks.first(where: { $0.name == child.name }) { note(check, outcome) }
      }
      while shown < checks.count, let result = results[checks[shown].name] {
        each(result)
        shown += 1
      }
      if !running.isEmpty { usleep(2000) }
    }
    while shown < checks.count, let result = results[checks[shown].name] {
      each(result)
      shown += 1
    }
    return Report(
      toolVersion: options.toolVersion, abiVersion: options.abiVersion, library: options.libraryAsGiven,
      libraryHash: SHA256.hexadecimal(bytes), pluginName: facts?.name ?? "", pluginVersion: facts?.version ?? "",
      seed: options.seed, requestedLevel: options.level, results: checks.compactMap { results[$0.name] },
      seconds: Double(conformance_now() &- startTime) / 1e9,
      isFiltered: options.only != nil || options.skip != nil || options.threadSanitizer != nil)
  }

  private func chosen() throws -> [Check] {
    let only = try options.only.map { try expression($0) }
    let skip = try options.skip.map { try expression($0) }
    let checks = CheckList.all.filter { check in
      check.level <= options.level && only.map { $0.isMatch(check.name) } ?? true
        && !(skip.map { $0.isMatch(check.name) } ?? false)
    }
    guard !checks.isEmpty else { throw SuiteError(description: "no check is left to be run") }
    return checks
  }

  private func expression(_ pattern: String) throws -> RegularExpression {
    do { return try RegularExpression(pattern) } catch {
      throw SuiteError(description: "'\(pattern)' is no regular expression: \(error)")
    }
  }

  /// What the descriptor says, as far as it can be asked.
  private func probe() -> PluginFacts? {
    guard
      let child = RunningCheck(
        CheckChild.probe, options: options, facts: nil, folder: folder, deadline: options.deadline)
    else { return nil }
    while true {
      if let outcome = child.poll() {
        guard outcome.verdict == .passed else { return nil }
        return (try? JSONNode(parsing: outcome.message)).flatMap { PluginFacts($0) }
      }
      usleep(1000)
    }
  }

  private func leaveOut(_ check: Check) -> Bool {
    if let reason = options.optOuts.skip[check.name] {
      note(check, .init(verdict: .skipped, message: "left out by conformance.json: \(reason)"))
      return true
    }
    if options.threadSanitizer != nil, !ThreadSanitizer.concerns(check) {
      note(
        check,
        .init(verdict: .skipped, message: "the library is built with ThreadSanitizer: this is for the one that ships"))
      return true
    }
    return false
  }

  /// Starts what can be started.
  private func start(_ pending: inout [Check], _ running: inout [RunningCheck], among checks: [Check]) {
    var index = 0
    while index < pending.count, running.count < max(options.jobs, 1) {
      let check = pending[index]
      let needed = check.needs.filter { name in checks.contains { $0.name == name } }
      if let culprit = needed.first(where: { verdicts[$0]?.isBad == true }) {
        pending.remove(at: index)
        note(check, .init(verdict: .blocked, message: "\(culprit) did not pass"))
        index = 0
        continue
      }
      guard needed.allSatisfy({ verdicts[$0] != nil }) else {
        index += 1
        continue
      }
      pending.remove(at: index)
      let allowed = options.deadline + (check.name == "robustness.fuzz" ? options.fuzzSeconds ?? 0 : 0)
      guard let child = RunningCheck(check.name, options: options, facts: facts, folder: folder, deadline: allowed)
      else {
        note(check, .init(verdict: .failed, message: "no process could be started for it"))
        continue
      }
      running.append(child)
    }
  }

  private func note(_ check: Check, _ outcome: RunningCheck.Outcome) {
    verdicts[check.name] = outcome.verdict
    results[check.name] = CheckResult(
      number: check.number, name: check.name, title: check.title, level: check.level, verdict: outcome.verdict,
      message: outcome.message, backtrace: outcome.backtrace, lastCall: outcome.lastCall, step: outcome.step,
      seconds: outcome.seconds, reproduce: options.command(for: check.name), output: outcome.output)
  }
}

/// Why the suite could not be run at all.
public struct SuiteError: Error, CustomStringConvertible {
  /// What is wrong.
  public let description: String
}
