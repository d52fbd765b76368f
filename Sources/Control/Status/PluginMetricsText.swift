import JSON

/// The metrics of plugins and generations in the text format of Prometheus.
enum PluginMetricsText {
  /// Upper bounds of the buckets of a call's time, in seconds; the last is without bound.
  private static let bounds: [String] = {
    var bounds: [String] = []
    var nanoseconds = 1024
    for _ in 0..<11 {
      bounds.append(decimal(nanoseconds: nanoseconds))
      nanoseconds *= 4
    }
    return bounds + ["+Inf"]
  }()

  /// Seconds as a decimal number.
  private static func decimal(nanoseconds: Int) -> String {
    let fraction = String(nanoseconds % 1_000_000_000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
  }

  private static func labels(_ pairs: [(String, String)]) -> String {
    "{" + pairs.map { "\($0.0)=\"\(StatusMetrics.escaped($0.1))\"" }.joined(separator: ",") + "}"
  }

  private static func histogram(_ name: String, _ pairs: [(String, String)], _ node: JSONNode) -> String {
    var text = ""
    var sum = 0
    for (index, bucket) in (node["buckets"]?.array ?? []).enumerated() where bounds.indices.contains(index) {
      sum += bucket.integer ?? 0
      text += "\(name)_bucket\(labels(pairs + [("le", bounds[index])])) \(sum)\n"
    }
    text += "\(name)_sum\(labels(pairs)) \(decimal(nanoseconds: node["nanoseconds"]?.integer ?? 0))\n"
    return text + "\(name)_count\(labels(pairs)) \(sum)\n"
  }

  /// How long requests took, and their upstreams to answer.
  static func latencies(_ node: JSONNode?) -> String {
    guard let members = node?.members, !members.isEmpty else { return "" }
    return
      "# HELP torii_latency_seconds Time from a request's first byte to its response's last (request), and until the "
      + "head of the upstream's response was there (upstream).\n# TYPE torii_latency_seconds histogram\n"
      + members.map { histogram("torii_latency_seconds", [("of", $0.name)], $0.value) }.joined()
  }

  /// How long the calls of plugins took, by plugin, version and phase.
  static func calls(_ plugins: [JSONNode]) -> String {
    guard !plugins.isEmpty else { return "" }
    var text = "# HELP torii_plugin_call_seconds Time that calls of plugins took.\n"
    text += "# TYPE torii_plugin_call_seconds histogram\n"
    var misbehaviours = "# HELP torii_plugin_misbehaviours_total What plugins did that the ABI does not allow.\n"
    misbehaviours += "# TYPE torii_plugin_misbehaviours_total counter\n"
    for plugin in plugins {
      let own = [("plugin", plugin.text("plugin") ?? ""), ("version", plugin.text("version") ?? "")]
      misbehaviours +=
        "torii_plugin_misbehaviours_total\(labels(own)) \(plugin["misbehaviours"]?.integer ?? 0)\n"
      for phase in plugin["phases"]?.array ?? [] {
        text += histogram("torii_plugin_call_seconds", own + [("phase", phase.text("phase") ?? "")], phase)
      }
    }
    return text + misbehaviours
  }

  /// Faults since the gateway was started, by plugin, kind and phase.
  static func faults(_ counts: [JSONNode]) -> String {
    "# HELP torii_plugin_faults_total Workers that plugins ended.\n# TYPE torii_plugin_faults_total counter\n"
      + counts.map { entry in
        let pairs = ["plugin", "kind", "phase"].map { ($0, entry.text($0) ?? "") }
        return "torii_plugin_faults_total\(labels(pairs)) \(entry["count"]?.integer ?? 0)\n"
      }.sorted().joined()
  }

  /// Plugins that are out of service.
  static func quarantines(_ plugins: [JSONNode]) -> String {
    "# HELP torii_plugin_quarantined Plugins that are out of service after repeated faults.\n"
      + "# TYPE torii_plugin_quarantined gauge\n"
      + plugins.map { plugin in
        let pairs = [("plugin", plugin.text("name") ?? ""), ("action", plugin.text("action") ?? "")]
        return "torii_plugin_quarantined\(labels(pairs)) 1\n"
      }.joined()
  }

  /// Requests that are still on generations.
  static func generations(_ generations: [JSONNode]) -> String {
    var text = "# HELP torii_generation_active_requests Requests that began with a generation and are not over.\n"
    text += "# TYPE torii_generation_active_requests gauge\n"
    for generation in generations where generation.text("state") != "retired" {
      let pairs = [
        ("generation", String(generation["number"]?.integer ?? 0)), ("state", generation.text("state") ?? ""),
      ]
      text += "torii_generation_active_requests\(labels(pairs)) \(generation["active_requests"]?.integer ?? 0)\n"
    }
    return text
  }
}
