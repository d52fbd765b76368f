import CToriiPlugin
import JSON
import PluginHost
import Proxy

/// What a worker counted since it was started, as it tells the controller.
struct WorkerCounts {
  /// Requests that are over.
  var requests = 0
  /// Client connections that are open.
  var connections = 0
  /// The generations that requests are still on, by number.
  var generations: [Int: GenerationCounts] = [:]
  /// What the gateway counts of plugins, by plugin and name.
  var plugins: [String: [String: Double]] = [:]
  /// What plugins count themselves, series by series: told on its own, as far as it changed.
  var metrics: [CountedMetric.Identity: CountedMetric] = [:]

  init() {}

  init(worker: ProxyWorker, plugins runtime: PluginRuntime) {
    requests = Int(clamping: worker.requestsServed)
    connections = worker.connectionCount
    for counts in worker.generations { generations[counts.number] = counts }
    for (name, count) in runtime.misbehaviourCounts {
      plugins[name, default: [:]]["misbehaviours"] = Double(count)
    }
    for (name, count) in runtime.handovers {
      plugins[name, default: [:]]["state_handovers"] = Double(count.done)
      plugins[name, default: [:]]["state_handover_failures"] = Double(count.failed)
    }
  }

  /// Reads what ``members`` wrote.
  init(_ message: JSONNode) {
    requests = message["requests"]?.integer ?? 0
    connections = message["connections"]?.integer ?? 0
    for entry in message["on_generations"]?.array ?? [] {
      guard let number = entry["number"]?.integer else { continue }
      generations[number] = GenerationCounts(
        number: number, active: entry["active"]?.integer ?? 0, served: entry["served"]?.integer ?? 0,
        failed: entry["failed"]?.integer ?? 0)
    }
    for plugin in message["plugins"]?.members ?? [] {
      for metric in plugin.value.members ?? [] {
        plugins[plugin.name, default: [:]][metric.name] = metric.value.double ?? 0
      }
    }
  }

  /// Takes what a worker counts now; its plugins' metrics stay as they were told last.
  mutating func replaceAllButMetrics(with counts: WorkerCounts) {
    let metrics = self.metrics
    self = counts
    self.metrics = metrics
  }

  /// Takes series of plugins' metrics in the place of what was told of them before.
  mutating func take(_ changed: [CountedMetric]) {
    for metric in changed { metrics[metric.identity] = metric }
  }

  /// Counts of two workers together.
  static func + (one: WorkerCounts, other: WorkerCounts) -> WorkerCounts {
    var sum = one
    sum.requests += other.requests
    sum.connections += other.connections
    for (name, metrics) in other.plugins {
      sum.plugins[name, default: [:]].merge(metrics, uniquingKeysWith: +)
    }
    for (identity, metric) in other.metrics {
      if sum.metrics[identity]?.add(metric) == nil { sum.metrics[identity] = metric }
    }
    return sum
  }

  /// The counts as a worker sends them.
  var message: [JSONNode.Member] {
    let list = generations.values.sorted { $0.number < $1.number }.map { counts in
      JSONNode(
        .object(
          [
            ("number", counts.number), ("active", counts.active), ("served", counts.served), ("failed", counts.failed),
          ].map { .init(name: $0.0, value: JSONNode(.number(String($0.1)))) }))
    }
    return shared(plugins) + [.init(name: "on_generations", value: JSONNode(.array(list)))]
  }

  /// The counts as members of a JSON object. Of plugins, it has the sums of their metrics over all labels, and all series.
  var members: [JSONNode.Member] {
    var sums = plugins
    for metric in metrics.values {
      for (name, value) in metric.sums { sums[metric.identity.plugin, default: [:]][name, default: 0] += value }
    }
    let sorted = metrics.values.sorted { one, other in
      (one.identity.plugin, one.identity.name) != (other.identity.plugin, other.identity.name)
        ? (one.identity.plugin, one.identity.name) < (other.identity.plugin, other.identity.name)
        : one.identity.labels.lexicographicallyPrecedes(other.identity.labels) { $0.value < $1.value }
    }
    return shared(sums) + [CountedMetric.member(sorted)]
  }

  private func shared(_ plugins: [String: [String: Double]]) -> [JSONNode.Member] {
    let plugins = plugins.sorted { $0.key < $1.key }.map { name, metrics in
      JSONNode.Member(
        name: name,
        value: JSONNode(
          .object(metrics.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: JSONNode($0.value)) })))
    }
    return [
      .init(name: "requests", value: JSONNode(.number(String(requests)))),
      .init(name: "connections", value: JSONNode(.number(String(connections)))),
      .init(name: "plugins", value: JSONNode(.object(plugins))),
    ]
  }
}
