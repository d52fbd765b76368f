import CToriiPlugin
import JSON
import PluginHost

/// One series of a plugin's metric, as workers tell it and the controller adds it up.
struct CountedMetric {
  /// What tells it from others: the plugin, the metric's name, and the labels in their order.
  struct Identity: Hashable {
    var plugin: String
    var name: String
    var labels: [PluginMetrics.Label]
  }

  var identity: Identity
  /// `counter`, `gauge` or `histogram`.
  var kind: String
  var help: String
  var bounds: [Double]
  var value: Double
  var count: Int
  var buckets: [Int]

  init(_ metric: PluginMetrics.Metric) {
    identity = Identity(plugin: metric.plugin, name: metric.name, labels: metric.labels)
    kind =
      switch metric.kind {
      case TORII_METRIC_COUNTER: "counter"
      case TORII_METRIC_GAUGE: "gauge"
      default: "histogram"
      }
    help = metric.help
    bounds = metric.bounds
    value = metric.value
    count = Int(clamping: metric.count)
    buckets = metric.buckets.map { Int(clamping: $0) }
  }

  /// Reads what ``node`` wrote.
  init?(_ node: JSONNode) {
    guard let plugin = node["plugin"]?.string, let name = node["name"]?.string, let kind = node["kind"]?.string else {
      return nil
    }
    let labels = (node["labels"]?.members ?? []).map {
      PluginMetrics.Label(name: $0.name, value: $0.value.string ?? "")
    }
    identity = Identity(plugin: plugin, name: name, labels: labels)
    self.kind = kind
    help = node["help"]?.string ?? ""
    bounds = (node["bounds"]?.array ?? []).map { $0.double ?? 0 }
    value = node["value"]?.double ?? 0
    count = node["count"]?.integer ?? 0
    buckets = (node["buckets"]?.array ?? []).map { $0.integer ?? 0 }
  }

  /// Adds what another worker counted. Where its histogram has other buckets, which is another build of the plugin's, only
  /// sum and count are known of both together.
  mutating func add(_ other: CountedMetric) {
    value += other.value
    count += other.count
    if bounds == other.bounds, buckets.count == other.buckets.count {
      for index in buckets.indices { buckets[index] += other.buckets[index] }
    } else {
      bounds = []
      buckets = []
    }
  }

  /// What is shown of it where series are not told apart.
  var sums: [(name: String, value: Double)] {
    kind == "histogram"
      ? [("\(identity.name)_sum", value), ("\(identity.name)_count", Double(count))] : [(identity.name, value)]
  }

  /// As a JSON object.
  var node: JSONNode {
    var members: [JSONNode.Member] = [
      .init(name: "plugin", value: JSONNode(identity.plugin)), .init(name: "name", value: JSONNode(identity.name)),
      .init(name: "kind", value: JSONNode(kind)), .init(name: "help", value: JSONNode(help)),
      .init(name: "value", value: JSONNode(value)), .init(name: "count", value: JSONNode(count)),
    ]
    if !identity.labels.isEmpty {
      let labels = identity.labels.map { JSONNode.Member(name: $0.name, value: JSONNode($0.value)) }
      members.append(.init(name: "labels", value: JSONNode(.object(labels))))
    }
    if !bounds.isEmpty {
      members.append(.init(name: "bounds", value: JSONNode(bounds.map { JSONNode($0) })))
      members.append(.init(name: "buckets", value: JSONNode(buckets.map { JSONNode($0) })))
    }
    return JSONNode(.object(members))
  }

  /// Series as a member of a JSON object.
  static func member(_ metrics: [CountedMetric]) -> JSONNode.Member {
    .init(name: "plugin_metrics", value: JSONNode(metrics.map(\.node)))
  }

  /// The series in an object with such a member.
  static func list(in node: JSONNode) -> [CountedMetric] {
    (node["plugin_metrics"]?.array ?? []).compactMap(CountedMetric.init)
  }
}
