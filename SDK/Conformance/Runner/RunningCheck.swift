import CConformance
import Glibc

/// A check that runs in a child.
///
/// Safety: the block is mapped from ``start(_:options:facts:folder:)`` until ``release()``; the child only writes to it.
@safe final class RunningCheck {
  let name: String
  private let options: SuiteOptions
  private let block: UnsafeMutablePointer<conformance_block>
  private let descriptor: Int32
  private let folder: String
  private let process: pid_t
  private let startTime = conformance_now()
  private var hungSince: UInt64?
  private let deadline: Double

  /// What a child came to.
  struct Outcome {
    var verdict = Verdict.passed
    var message = ""
    var backtrace: [String] = []
    var lastCall = ""
    var step = ""
    var output = ""
    var seconds = 0.0
  }

  /// Starts it; `nil` when there are no resources for that.
  init?(_ name: String, options: SuiteOptions, facts: PluginFacts?, folder: String, deadline: Double) {
    var descriptor: Int32 = -1
    guard let block = unsafe conformance_block_create(&descriptor) else { return nil }
    self.name = name
    self.options = options
    unsafe self.block = unsafe block
    self.descriptor = descriptor
    self.folder = "\(folder)/\(name)"
    self.deadline = deadline
    unsafe mkdir(self.folder, 0o700)
    if let facts {
      let text = Array(facts.document.serializedString().utf8)
      unsafe text.withUnsafeBufferPointer { buffer in
        unsafe buffer.withMemoryRebound(to: CChar.self) {
          unsafe conformance_set_verdict(block, 0, $0.baseAddress, $0.count)
        }
      }
    }
    let output = unsafe open("\(folder)/\(name).out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(output) }
    let words = [options.executable] + options.arguments(for: name)
    let folderPath = self.folder
    process = unsafe CStrings.with(words) { arguments in
      unsafe CStrings.with(Self.environment(options)) { environment in
        unsafe conformance_spawn(
          options.executable, arguments, environment, descriptor, output, folderPath,
          options.threadSanitizer == nil ? 8 << 30 : UInt64.max,
          UInt64(deadline.rounded(.up)) * 2 + 1)
      }
    }
    guard process > 0 else {
      unsafe conformance_block_release(block, descriptor)
      return nil
    }
  }

  /// The runner's environment; malloc keeps nothing back, so that bytes can be counted exactly.
  private static func environment(_ options: SuiteOptions) -> [String] {
    var texts: [String] = []
    var entry = unsafe environ
    while let text = unsafe entry.pointee {
      unsafe texts.append(String(cString: text))
      unsafe entry += 1
    }
    texts.removeAll { $0.hasPrefix("GLIBC_TUNABLES=") || $0.hasPrefix("TORII_CONFORMANCE_") }
    if let runtime = options.threadSanitizer {
      texts.removeAll { $0.hasPrefix("LD_PRELOAD=") || $0.hasPrefix("TSAN_OPTIONS=") }
      texts += ThreadSanitizer.environment(runtime)
    }
    return texts + ["GLIBC_TUNABLES=glibc.malloc.tcache_count=0", "TORII_CONFORMANCE_BLOCK=3"]
  }

  /// What it came to, when it has ended; a child that is over its time is asked where it is, then ended.
  func poll() -> Outcome? {
    if conformance_has_ended(process) != 0 {
      // Before it is reaped, its number cannot be another's.
      kill(-process, SIGKILL)
      var status: Int32 = 0
      while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
      return outcome(status)
    }
    let now = conformance_now()
    if let hungSince {
      if now &- hungSince > 1_000_000_000 { kill(-process, SIGKILL) }
    } else if Double(now &- startTime) / 1e9 > deadline {
      hungSince = now
      kill(process, SIGUSR2)
    }
    return nil
  }

  private func outcome(_ status: Int32) -> Outcome {
    var outcome = Outcome()
    outcome.seconds = Double(conformance_now() &- startTime) / 1e9
    let verdict = unsafe block.pointee.verdict
    switch verdict {
    case 1...4:
      outcome.verdict = verdict == 1 ? .passed : verdict == 2 ? .warning : verdict == 3 ? .failed : .skipped
      outcome.message = unsafe conformance_message(block).map { unsafe String(cString: $0) } ?? ""
    default: explain(status, &outcome)
    }
    if outcome.verdict >= .warning {
      if unsafe block.pointee.host_calls > 0 {
        outcome.lastCall = unsafe conformance_last_call(block).map { unsafe String(cString: $0) } ?? ""
      }
      outcome.step = unsafe conformance_step(block).map { unsafe String(cString: $0) } ?? ""
      let output = Files.read("\(folder).out") ?? []
      outcome.output = String(decoding: output.suffix(1000), as: UTF8.self)
      if options.threadSanitizer != nil, status == ThreadSanitizer.exitCode << 8 { tellOfRace(output, &outcome) }
    }
    unsafe conformance_block_release(block, descriptor)
    return outcome
  }

  /// The sanitizer ended it.
  private func tellOfRace(_ output: [UInt8], _ outcome: inout Outcome) {
    let text = String(decoding: output, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("WARNING: ThreadSanitizer") }) else {
      outcome.message = "ThreadSanitizer could not be started"
      return
    }
    outcome.verdict = .failed
    outcome.message = "ThreadSanitizer: \(lines[start].dropFirst("WARNING: ThreadSanitizer: ".count))"
    outcome.output = lines[start...].dropFirst().prefix(40).joined(separator: "\n")
  }

  /// It ended without a verdict.
  private func explain(_ status: Int32, _ outcome: inout Outcome) {
    let number = unsafe Int32(block.pointee.fault_signal)
    for index in unsafe 0..<min(block.pointee.frame_count, UInt32(CONFORMANCE_FRAMES)) {
      unsafe outcome.backtrace.append(conformance_frame(block, index).map { unsafe String(cString: $0) } ?? "")
    }
    if hungSince != nil {
      outcome.verdict = .hung
      outcome.message = "it did not come to an end within \(Int(deadline)) s"
      return
    }
    outcome.verdict = .crashed
    let killedBy = status & 0x7F
    if killedBy != 0 {
      outcome.message = "it died of \(Words.signal(number == 0 ? killedBy : number))"
      let note = unsafe conformance_note(block).map { unsafe String(cString: $0) } ?? ""
      if number == SIGSEGV || number == SIGBUS {
        outcome.message +=
          unsafe " at 0x\(String(block.pointee.fault_address, radix: 16))\(note.isEmpty ? "" : ": \(note)")"
      }
    } else if unsafe block.pointee.was_exit != 0 {
      outcome.message = "it called exit(\((status >> 8) & 0xFF))"
    } else {
      outcome.message = "it left the process with _exit(\((status >> 8) & 0xFF))"
    }
  }
}

/// Texts as C wants them.
enum CStrings {
  /// Runs the body with a null-terminated array of pointers to the texts, which live as long as the call.
  ///
  /// The array is memory of its own rather than a view of Swift's, so that its address is never in question.
  static func with<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (place, text) in texts.enumerated() { unsafe (pointers + place).initialize(to: strdup(text)) }
    unsafe (pointers + texts.count).initialize(to: nil)
    defer {
      for place in texts.indices { unsafe free(pointers[place]) }
      unsafe pointers.deallocate()
    }
    return unsafe body(UnsafePointer(pointers))
  }
}
