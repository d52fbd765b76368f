import Conformance

/// `torii plugin bench`
enum PluginBenchCommand {
  static func run(_ arguments: [String]) -> Int32 {
    var libraries: [String] = []
    var configuration: String?
    var rest = arguments[...]
    while let word = rest.popFirst() {
      switch word {
      case "--help", "-h":
        Output.line(help)
        return 0
      case "--config":
        guard let file = rest.popFirst(), let path = PluginCommand.absolute(file) else { return 2 }
        configuration = path
      default:
        guard !word.hasPrefix("-"), libraries.count < 2 else {
          Output.error("torii plugin bench: '\(word)' is not understood\n\n\(help)")
          return 2
        }
        libraries.append(word)
      }
    }
    guard !libraries.isEmpty else {
      Output.error("torii plugin bench: give one library or two\n\n\(help)")
      return 2
    }
    var measured: [[Benchmark.Phase]] = []
    for library in libraries {
      guard let path = PluginCommand.absolute(library) else { return 2 }
      do { measured.append(try Benchmark.run(library: path, configurationFile: configuration)) } catch {
        Output.error("torii plugin bench: \(error)")
        return 1
      }
    }
    for (library, phases) in zip(libraries, measured) { show(library, phases) }
    if measured.count == 2 { compare(measured[0], measured[1]) }
    return 0
  }

  private static func show(_ library: String, _ phases: [Benchmark.Phase]) {
    Output.line(library)
    Output.line(row(["phase", "calls/request", "ns/call", "instructions", "allocations", "host calls"]))
    for phase in phases {
      Output.line(
        row([
          phase.name, decimal(phase.calls), decimal(phase.nanoseconds), phase.instructions.map { decimal($0) } ?? "-",
          phase.allocations.map { decimal($0) } ?? "-", decimal(phase.hostCalls),
        ]))
    }
    Output.line(
      row([
        "a request", "", decimal(phases.reduce(0) { $0 + $1.calls * $1.nanoseconds }),
        total(phases) { $0.instructions }, total(phases) { $0.allocations },
        decimal(phases.reduce(0) { $0 + $1.calls * $1.hostCalls }),
      ]) + "\n")
  }

  private static func total(_ phases: [Benchmark.Phase], _ value: (Benchmark.Phase) -> Double?) -> String {
    let values = phases.map { phase in value(phase).map { $0 * phase.calls } }
    return values.contains { $0 == nil } ? "-" : decimal(values.reduce(0) { $0 + ($1 ?? 0) })
  }

  /// The second against the first.
  private static func compare(_ first: [Benchmark.Phase], _ second: [Benchmark.Phase]) {
    func percent(_ old: Double?, _ new: Double?) -> String {
      guard let old, let new else { return "-" }
      if old == 0 { return new == 0 ? "same" : "new" }
      let change = (new - old) / old * 100
      return "\(change >= 0 ? "+" : "-")\(decimal(abs(change)))%"
    }
    Output.line("the second against the first, a call")
    Output.line(row(["phase", "", "ns", "instructions", "allocations", ""]))
    for new in second {
      guard let old = first.first(where: { $0.name == new.name }) else { continue }
      Output.line(
        row([
          new.name, "", percent(old.nanoseconds, new.nanoseconds), percent(old.instructions, new.instructions),
          percent(old.allocations, new.allocations), "",
        ]))
    }
  }

  private static func row(_ texts: [String]) -> String {
    texts.enumerated().map { index, text in
      let space = String(repeating: " ", count: max(0, 14 - text.utf8.count))
      return index == 0 ? text + space : space + text
    }.joined(separator: " ")
  }

  /// With one digit behind the point.
  private static func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }

  static let help = """
    usage: torii plugin bench LIB [LIB] [--config FILE]

    Measures what a plugin costs in each phase: nanoseconds, instructions (where the machine counts them) and
    allocations of the plugin's own, without what it asks the host to do. The request is a POST in three pieces that is
    answered in four. With two libraries it compares the second with the first.

          --config FILE  the plugins' configuration, JSON or YAML; without it one is made from the schema
    """
}
