import CConformance
import CToriiPlugin

/// What an instance has learnt goes to the one that takes its place (state_export, state_import).
enum StateCheck {
  static func run(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.revokesViews = true
    let plugin = try context.startPlugin(options)
    let exports = unsafe plugin.image.callbacks.state_export != nil
    let imports = unsafe plugin.image.callbacks.state_import != nil
    guard exports || imports else { throw .skipped("it hands nothing over") }
    let configuration = try context.sample(plugin.image).text
    let instance = try plugin.mustCreate(configuration)
    let begins = Behaviour(of: instance)
    let state = exports ? try exported(plugin, instance) : nil
    if let difference = begins.difference(to: instance) {
      throw .failed("it goes on otherwise after state_export():\n\(difference)")
    }
    if imports {
      if let state { try handOver(state, plugin, try plugin.mustCreate(configuration)) }
      try refused(state ?? [], plugin, configuration, begins, context.seed)
      if state == nil { context.note = "it wrote no state: only unknown ones were tried" }
    }
    plugin.destroy(instance)
    plugin.stop()
  }

  /// What it writes; `nil` when there is nothing to hand over.
  private static func exported(_ plugin: HostedPlugin, _ instance: HostedInstance) throws(Finding) -> [UInt8]? {
    let (answer, writer) = plugin.exportState(of: instance)
    try judge(answer, "state_export()")
    if answer.status == TORII_OK, writer.hasRefused {
      throw .failed("state_export() gave TORII_OK though write() had refused: what was handed over is not whole")
    }
    if answer.status != TORII_OK, answer.status != TORII_E_NOT_FOUND {
      throw .failed("state_export() failed: \(answer.description)")
    }
    guard answer.status == TORII_OK, !writer.bytes.isEmpty else { return nil }
    let (full, _) = plugin.exportState(of: instance, refusesWriting: true)
    try judge(full, "state_export()")
    if full.status == TORII_OK { throw .failed("state_export() gave TORII_OK though write() had refused all of it") }
    return writer.bytes
  }

  private static func handOver(
    _ state: [UInt8], _ plugin: HostedPlugin, _ successor: HostedInstance
  ) throws(Finding) {
    let answer = plugin.importState(state, into: successor)
    try judge(answer, "state_import()")
    if answer.status != TORII_OK {
      throw .failed(
        "an instance of the same configuration refused what state_export() wrote, \(state.count) bytes: "
          + answer.description)
    }
    try serve(plugin, successor, "after it has taken over a state")
    plugin.destroy(successor)
  }

  /// States of another format, of another build, or of nobody.
  private static func refused(
    _ state: [UInt8], _ plugin: HostedPlugin, _ configuration: [UInt8], _ begins: Behaviour, _ seed: UInt64
  ) throws(Finding) {
    var generator = SplitMix(seed: seed)
    var cases: [(what: String, bytes: [UInt8])] = []
    for _ in 0..<min(state.count, 24) {
      cases.append(
        ("the first bytes of one of its own", Array(state.prefix(1 + generator.below(max(state.count - 1, 1))))))
    }
    for round in 0..<(state.isEmpty ? 0 : 24) {
      var bytes = Array(state.prefix(65536))
      for _ in 0..<(1 + round % 4) { bytes[generator.below(bytes.count)] = UInt8(generator.below(256)) }
      cases.append(("one of its own with bytes changed", bytes))
    }
    for size in [1, 2, 3, 4, 7, 8, 15, 16, 31, 64, 255, 4096] {
      cases.append(("\(size) random bytes", (0..<size).map { _ in UInt8(generator.below(256)) }))
      cases.append(("\(size) bytes of 0xFF", [UInt8](repeating: 0xFF, count: size)))
    }
    cases.append(("1 MiB of zeros", [UInt8](repeating: 0, count: 1 << 20)))
    for (what, bytes) in cases {
      let instance = try plugin.mustCreate(configuration)
      let answer = plugin.importState(bytes, into: instance)
      try judge(answer, "state_import(), given \(what),")
      if answer.status == TORII_OK {
        // It took it for one of its own: that is for its author to say.
        try serve(plugin, instance, "after state_import() took \(what)")
      } else if let difference = begins.differenceToStart(of: instance) {
        throw .failed(
          "after state_import() refused \(what) the instance is not as config_create() made it:\n\(difference)")
      }
      plugin.destroy(instance)
      plugin.host.forgetViolations()
    }
  }

  private static func serve(_ plugin: HostedPlugin, _ instance: HostedInstance, _ when: String) throws(Finding) {
    let run = ScriptedRun(plugin.host)
    plugin.host.forgetViolations()
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
    if let first = plugin.host.violations(.failure).first { throw .failed("\(when): \(first)") }
  }

  private static func judge(_ answer: HostedPlugin.Answer, _ name: String) throws(Finding) {
    if answer.status > 0 { throw .failed("\(name) gave \(answer.status), which is no torii_status") }
    if !answer.isTerminated { throw .failed("\(name) wrote an error text that does not end, or is not UTF-8") }
  }
}
