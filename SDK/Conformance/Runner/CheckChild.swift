import CConformance
import Glibc
import JSON

/// Running one check in this process: in the child that the runner starts, or for a person with a debugger.
public enum CheckChild {
  /// The check that only describes the library; not in the list.
  static let probe = "probe"

  /// Runs a check by name and does not come back if it is the runner's child. Gives an exit code otherwise: 0 for passed.
  public static func run(_ name: String, options: SuiteOptions, print: (String) -> Void) -> Int32 {
    let descriptor = unsafe getenv("TORII_CONFORMANCE_BLOCK").flatMap { unsafe Int32(String(cString: $0)) }
    let block = unsafe descriptor.flatMap { unsafe conformance_block_attach($0) }
    var facts: PluginFacts?
    if let block = unsafe block {
      unsafe unsetenv("TORII_CONFORMANCE_BLOCK")
      if let descriptor { close(descriptor) }
      unsafe conformance_watch_process(block)
      facts = unsafe readFacts(block)
    }
    let (verdict, message) = outcome(name, options, facts)
    guard let block = unsafe block else {
      print("\(verdict.rawValue): \(name)\(message.isEmpty ? "" : "\n\(message)")")
      return verdict.isBad ? 1 : 0
    }
    let code: UInt32 =
      switch verdict {
      case .passed: 1
      case .warning: 2
      case .skipped: 4
      default: 3
      }
    let bytes = Array(message.utf8)
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) {
        unsafe conformance_set_verdict(block, code, $0.baseAddress, $0.count)
      }
    }
    // Not exit(): what the plugin has registered for the end is not to be mixed up with the check.
    _exit(0)
  }

  /// What the runner knows already of the descriptor lies in the block as JSON.
  private static func readFacts(_ block: UnsafeMutablePointer<conformance_block>) -> PluginFacts? {
    guard unsafe block.pointee.message_size > 0, let text = unsafe conformance_message(block) else { return nil }
    return unsafe (try? JSONNode(parsing: String(cString: text))).flatMap { PluginFacts($0) }
  }

  private static func outcome(
    _ name: String, _ options: SuiteOptions, _ known: PluginFacts?
  ) -> (Verdict, String) {
    do {
      if name == probe {
        return (.passed, try PluginImage(options.library).facts.document.serializedString())
      }
      guard let check = CheckList.all.first(where: { $0.name == name || "\($0.number)" == name }) else {
        return (.failed, "there is no check '\(name)'")
      }
      var configuration: JSONNode?
      if let file = options.configurationFile { configuration = try ConfigurationFile.read(file) }
      var facts = known
      // The file's own checks are for a file that cannot be loaded, too.
      if facts == nil, check.group != "file" { facts = (try? PluginImage(options.library))?.facts }
      let context = CheckContext(
        path: options.library, configuration: configuration, seed: options.seed, facts: facts,
        fuzzSeconds: options.fuzzSeconds, optOuts: options.optOuts)
      try check.run(context)
      return (.passed, context.note)
    } catch Finding.warning(let text) {
      return (.warning, text)
    } catch Finding.skipped(let text) {
      return (.skipped, text)
    } catch Finding.failed(let text) {
      return (.failed, text)
    } catch {
      return (.failed, "\(error)")
    }
  }
}
