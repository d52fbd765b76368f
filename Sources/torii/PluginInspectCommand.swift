import Conformance
import PluginHost

/// `torii plugin inspect`
enum PluginInspectCommand {
  static func run(_ arguments: [String]) -> Int32 {
    let wantsJSON = arguments.contains("--json")
    let libraries = arguments.filter { !$0.hasPrefix("-") }
    if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) {
      Output.line(help)
      return 0
    }
    if let unknown = arguments.first(where: { $0.hasPrefix("-") && $0 != "--json" }) {
      return refuse("'\(unknown)' is not understood")
    }
    guard libraries.count == 1 else { return refuse("give one library") }
    guard let path = PluginCommand.absolute(libraries[0]) else { return 2 }
    let inspection = Inspection(path)
    let refusal = refusal(path, inspection)
    // Whoever reads JSON gets that, or nothing.
    if !wantsJSON {
      show(libraries[0], inspection)
    } else if let facts = inspection.facts {
      Output.line(facts.document.serializedString(pretty: true))
    }
    guard let refusal else {
      if !wantsJSON { Output.line("\nThis gateway (\(Version.gateway), ABI \(Version.abi)) takes it.") }
      return 0
    }
    Output.error("\(wantsJSON ? "" : "\n")This gateway (\(Version.gateway), ABI \(Version.abi)) refuses it: \(refusal)")
    return 1
  }

  private static func refuse(_ text: String) -> Int32 {
    Output.error("torii plugin inspect: \(text)\n\n\(help)")
    return 2
  }

  /// Why the gateway would not load it: what it says itself, in a process of its own.
  private static func refusal(_ path: String, _ inspection: Inspection) -> String? {
    if !inspection.fileFault.isEmpty { return inspection.fileFault }
    let (text, end) = Isolated.text {
      do {
        _ = try PluginRuntime(version: Version.gateway, inspecting: true).load(path: path)
        return "+"
      } catch { return "\(error)" }
    }
    if text.isEmpty { return "it dies when it is loaded or started (\(end))" }
    return text == "+" ? nil : text
  }

  private static func show(_ name: String, _ inspection: Inspection) {
    Output.line(name)
    line("SHA-256", inspection.hash)
    if !inspection.buildID.isEmpty { line("build id", inspection.buildID) }
    if !inspection.libraries.isEmpty { line("needs the libraries", inspection.libraries.joined(separator: ", ")) }
    guard let facts = inspection.facts else {
      if !inspection.descriptorFault.isEmpty { line("no descriptor", inspection.descriptorFault) }
      return
    }
    line("plugin", "\(facts.name) \(facts.version)")
    if let summary = facts.summary { line("summary", summary) }
    if let vendor = facts.vendor { line("vendor", vendor) }
    if let license = facts.license { line("license", license) }
    line("ABI", "\(facts.abiMajor).\(facts.abiMinor), from \(facts.abiMajor).\(facts.minimumHostMinor) on")
    line("priority", "\(facts.priority)")
    line("phases", facts.phases.isEmpty ? "none" : facts.phases.joined(separator: ", "))
    line("callbacks", facts.callbacks.joined(separator: ", "))
    line("interfaces it needs", facts.needs.isEmpty ? "none named" : facts.needs.joined(separator: ", "))
    line("request state", "\(facts.stateSize) bytes")
    line("request body", body(facts.requestBodyMode, facts.requestBodyLimit))
    line("response body", body(facts.responseBodyMode, facts.responseBodyLimit))
    var flags: [String] = []
    if facts.mayUnload { flags.append("may be unloaded") }
    if facts.hasOwnThreads { flags.append("runs threads of its own") }
    if facts.flags & ~3 != 0 { flags.append("unknown flags \(facts.flags & ~3)") }
    line("flags", flags.isEmpty ? "none" : flags.joined(separator: ", "))
    guard let schema = facts.document["config_schema"] else {
      line("configuration", "any object")
      return
    }
    line("configuration", "")
    for text in schema.serializedString(pretty: true).split(separator: "\n") { Output.line("    \(text)") }
  }

  private static func body(_ mode: UInt32, _ limit: UInt64) -> String {
    let name = mode < 4 ? PluginFacts.bodyModes[Int(mode)] : "unknown (\(mode))"
    return mode == 3 ? "\(name), \(limit == 0 ? "up to the gateway's limit" : "up to \(limit) bytes")" : name
  }

  private static func line(_ name: String, _ value: String) {
    Output.line("  \(name)\(String(repeating: " ", count: max(1, 22 - name.utf8.count)))\(value)")
  }

  static let help = """
    usage: torii plugin inspect LIB [--json]

    Tells all that a plugin library says of itself, and why the gateway would refuse it. The library is loaded in a
    process of its own. Exit code 0 when the gateway takes it, 1 when not.

          --json  the descriptor as JSON: what a side-car file LIB.plugin.json may hold
    """
}
