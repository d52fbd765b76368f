import CConformance
import CToriiPlugin
import Glibc
import JSON

/// What checks have in common: a started plugin, an instance, requests to play, and what was seen of them.
extension CheckContext {
  /// Loads the library and starts it.
  func startPlugin(_ options: ScriptedHost.Options = .init(), path: String? = nil) throws(Finding) -> HostedPlugin {
    let plugin = HostedPlugin(try PluginImage(path ?? self.path), options)
    try plugin.mustStart()
    return plugin
  }

  /// The configuration to use.
  func sample(_ image: PluginImage) throws(Finding) -> SampleConfiguration {
    try SampleConfiguration(schema: image.facts.schema, given: configuration)
  }

  /// A started plugin with one instance.
  func startInstance(
    _ options: ScriptedHost.Options = .init(), path: String? = nil
  ) throws(Finding) -> (plugin: HostedPlugin, instance: HostedInstance) {
    let plugin = try startPlugin(options, path: path)
    return (plugin, try plugin.mustCreate(try sample(plugin.image).text))
  }

  /// A copy of the library in the check's own folder: for the loader, another library.
  func copyOfLibrary(_ name: String) throws(Finding) -> String {
    guard let bytes = Files.read(path), Files.write(bytes, to: name, mode: 0o755) else {
      throw .failed("the library could not be copied")
    }
    return "./\(name)"
  }
}

/// Requests that everybody understands.
enum Scripts {
  static let json = Array(#"{"model":"example","messages":[{"role":"user","content":"hello, world"}],"count":7}"#.utf8)
  static let text = Array("The quick brown fox jumps over the lazy dog; pack my box with five dozen jugs.\n".utf8)

  static func get() -> RequestScript { RequestScript(method: "GET", target: "/example?color=red") }
  static func post() -> RequestScript {
    RequestScript(method: "POST", target: "/example", pieces: [json], upstreamPieces: [text])
  }
  static func pieces() -> RequestScript {
    RequestScript(
      method: "POST", target: "/example", pieces: cut(json, at: [10, 40]), upstreamPieces: cut(text, at: [7, 30, 31]))
  }

  /// Cuts bytes at the places given, which ascend.
  static func cut(_ bytes: [UInt8], at places: [Int]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var start = 0
    for place in places + [bytes.count] where place > start && place <= bytes.count {
      pieces.append(Array(bytes[start..<place]))
      start = place
    }
    return pieces
  }
}

/// What was to be seen of an instance while it served some requests.
struct Observation {
  /// Calls into the host with what was given, and the actions.
  var lines: [String] = []

  /// The calls and actions without what was given.
  var shape: [String] {
    lines.map { $0.contains(text: " -> ") ? $0 : String($0.split(separator: " ").first ?? "") }
  }

  /// Plays the usual requests on an instance. What plugins share is forgotten before: it is meant to be seen by others.
  static func of(_ instance: HostedInstance) -> Observation {
    let run = ScriptedRun(instance.host)
    instance.host.trace = []
    instance.host.store = SharedStore()
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      let exchange = run.play(instance, script)
      instance.host.trace.append("status \(exchange.request.status)")
      instance.host.trace.append("sent \(shown(exchange.responseOutput))")
      instance.host.trace.append("upstream \(shown(exchange.requestOutput))")
    }
    defer { instance.host.trace = [] }
    return Observation(lines: instance.host.trace)
  }

  /// How two observations differ, the second being what was seen later; `nil` when they do not. What is different every
  /// time (identifiers, times) is left out when `isSteady` is false.
  static func difference(_ first: Observation, _ second: Observation, isSteady: Bool) -> String? {
    let before = isSteady ? first.lines : first.shape, after = isSteady ? second.lines : second.shape
    guard before != after else { return nil }
    for index in 0..<max(before.count, after.count) {
      let old = index < before.count ? before[index] : "nothing more"
      let new = index < after.count ? after[index] : "nothing more"
      if old != new { return "at first: \(old.prefix(160))\nthen:     \(new.prefix(160))" }
    }
    return nil
  }
}

/// How an instance behaves: on its first requests, and once it knows what they taught it.
struct Behaviour {
  private let first: Observation
  private let settled: Observation
  private let isSteadyFromTheFirst: Bool
  private let isSteady: Bool

  /// Watches an instance that has served no request yet.
  init(of instance: HostedInstance) {
    first = .of(instance)
    settled = .of(instance)
    isSteadyFromTheFirst = Observation.difference(first, settled, isSteady: true) == nil
    isSteady = Observation.difference(settled, .of(instance), isSteady: true) == nil
  }

  /// How another instance, which has served no request yet, begins otherwise.
  func differenceToStart(of other: HostedInstance) -> String? {
    Observation.difference(first, .of(other), isSteady: isSteadyFromTheFirst)
  }

  /// How the same instance goes on otherwise.
  func difference(to instance: HostedInstance) -> String? {
    Observation.difference(settled, .of(instance), isSteady: isSteady)
  }
}

/// Whether bytes of the heap grow.
struct HeapGrowth {
  private let start = conformance_heap_bytes()

  /// Lets threads of the plugin's own finish what they are at: until the heap stays as it is, a second at most.
  static func settle(_ image: PluginImage) {
    guard image.hasOwnThreads else { return }
    var last = conformance_heap_bytes(), same = 0
    for _ in 0..<50 where same < 4 {
      usleep(20000)
      let now = conformance_heap_bytes()
      same = now == last ? same + 1 : 0
      last = now
    }
  }

  /// Bytes since the start, per round.
  func perRound(_ rounds: Int) -> Double {
    let now = conformance_heap_bytes()
    return (Double(now) - Double(start)) / Double(max(rounds, 1))
  }
}
