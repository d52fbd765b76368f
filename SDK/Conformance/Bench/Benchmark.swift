import CConformance
import CToriiPlugin
import JSON

/// Measures what a plugin costs in each phase, in a process of its own.
public enum Benchmark {
  /// What one callback costs, on average.
  public struct Phase: Sendable {
    /// `access`, `body_filter`, …
    public var name: String
    /// How often it is called for one request.
    public var calls: Double
    /// Nanoseconds a call; the least of several rounds.
    public var nanoseconds: Double
    /// Instructions a call; `nil` when the machine does not count them.
    public var instructions: Double?
    /// Allocations a call; `nil` when they cannot be counted.
    public var allocations: Double?
    /// Calls into the host a call.
    public var hostCalls: Double
  }

  /// The order in which phases are shown.
  private static let order = ["access", "request_body", "header_filter", "body_filter", "event", "log", "request_end"]

  /// Measures a library. The request is a POST of three pieces, answered with four.
  public static func run(library: String, configurationFile: String?) throws -> [Phase] {
    let (text, end) = Isolated.text {
      do { return try measure(library, configurationFile).serializedString() } catch Finding.failed(let text) {
        return JSONNode(text).serializedString()
      } catch { return JSONNode("\(error)").serializedString() }
    }
    guard let document = try? JSONNode(parsing: text) else {
      throw SuiteError(description: "\(library): it died (\(end))")
    }
    if let fault = document.string { throw SuiteError(description: "\(library): \(fault)") }
    return (document.array ?? []).compactMap { node in
      guard let name = node["name"]?.string else { return nil }
      return Phase(
        name: name, calls: node["calls"]?.double ?? 0, nanoseconds: node["nanoseconds"]?.double ?? 0,
        instructions: node["instructions"]?.double, allocations: node["allocations"]?.double,
        hostCalls: node["host_calls"]?.double ?? 0)
    }
  }

  private static func measure(_ library: String, _ configurationFile: String?) throws -> JSONNode {
    let configuration = try configurationFile.map { try ConfigurationFile.read($0) }
    let context = CheckContext(
      path: library, configuration: configuration, seed: 1, facts: nil, fuzzSeconds: nil, optOuts: OptOuts())
    var options = ScriptedHost.Options()
    options.traces = false
    let (plugin, instance) = try context.startInstance(options)
    let run = ScriptedRun(plugin.host)
    let requests = 3000
    let script = Scripts.pieces()
    func rounds(_ quantity: Meter.Quantity, _ count: Int) -> [[String: (calls: Int, amount: UInt64, hostCalls: Int)]]? {
      guard let meter = Meter(quantity) else { return nil }
      plugin.host.meter = meter
      defer { plugin.host.meter = nil }
      var all: [[String: (calls: Int, amount: UInt64, hostCalls: Int)]] = []
      for _ in 0..<count {
        meter.forget()
        for _ in 0..<requests { run.play(instance, script) }
        plugin.host.forgetViolations()
        all.append(meter.totals)
      }
      return all
    }
    for _ in 0..<500 { run.play(instance, script) }
    let times = rounds(.time, 5) ?? []
    let instructions = rounds(.instructions, 2)
    let allocations = rounds(.allocations, 1)
    guard let first = times.first else { throw Finding.failed("there is no clock") }
    var phases: [JSONNode] = []
    for name in order {
      guard let total = first[name], total.calls > 0 else { continue }
      let calls = Double(total.calls)
      func least(_ all: [[String: (calls: Int, amount: UInt64, hostCalls: Int)]]?) -> Double? {
        all?.compactMap { $0[name].map { Double($0.amount) / Double(max($0.calls, 1)) } }.min()
      }
      var node = JSONNode(.object([]))
      node.set("name", JSONNode(name))
      node.set("calls", JSONNode(calls / Double(requests)))
      node.set("nanoseconds", JSONNode(least(times) ?? 0))
      if let value = least(instructions) { node.set("instructions", JSONNode(value)) }
      if let value = least(allocations) { node.set("allocations", JSONNode(value)) }
      node.set("host_calls", JSONNode(Double(total.hostCalls) / calls))
      phases.append(node)
    }
    return JSONNode(phases)
  }
}
