import JSON

/// What plugins count themselves (`torii.metrics/1`), in the text format of Prometheus.
///
/// A metric `hits` of the plugin `my-plugin` is `torii_plugins_my_plugin_hits`. Of a metric that has series with labels, what was
/// recorded without labels is shown only if there is such.
struct OwnMetricsText {
  private let metrics: [JSONNode]
  private let prefix: (String) -> String

  /// - Parameters:
  ///   - metrics: objects with `plugin`, `name`, `kind`, `help`, `labels`, `value`, `count`, `bounds` and `buckets`; those of
  ///     one name stand together.
  ///   - prefix: what stands before the names of a plugin's metrics.
  init(_ metrics: [JSONNode], prefix: @escaping (String) -> String) {
    self.metrics = metrics
    self.prefix = prefix
  }

  /// What is told of plugins besides these metrics.
  func others(of plugins: JSONNode) -> JSONNode {
    var own: [String: Set<String>] = [:]
    for metric in metrics {
      guard let plugin = metric.text("plugin"), let name = metric.text("name") else { continue }
      own[plugin, default: []].formUnion(
        metric.text("kind") == "histogram" ? ["\(name)_sum", "\(name)_count"] : [name])
    }
    return JSONNode(
      .object(
        (plugins.members ?? []).map { plugin in
          let left = (plugin.value.members ?? []).filter { !(own[plugin.name]?.contains($0.name) ?? false) }
          return .init(name: plugin.name, value: JSONNode(.object(left)))
        }))
  }

  /// All of them.
  var text: String {
    var text = ""
    var last = ""
    for (index, metric) in metrics.enumerated() {
      let name = prefix(metric.text("plugin") ?? "") + (metric.text("name") ?? "")
      if name != last {
        last = name
        let help = metric.text("help") ?? ""
        if !help.isEmpty { text += "# HELP \(name) \(Self.escaped(help: help))\n" }
        text += "# TYPE \(name) \(metric.text("kind") ?? "untyped")\n"
      }
      if isSuperseded(index) { continue }
      text += samples(name, metric)
    }
    return text
  }

  /// Nothing was recorded without labels, but with them.
  private func isSuperseded(_ index: Int) -> Bool {
    guard metrics[index]["labels"] == nil, metrics[index]["count"]?.integer == 0 else { return false }
    let next = index + 1
    return metrics.indices.contains(next) && metrics[next].text("plugin") == metrics[index].text("plugin")
      && metrics[next].text("name") == metrics[index].text("name")
  }

  private func samples(_ name: String, _ metric: JSONNode) -> String {
    let labels = (metric["labels"]?.members ?? []).map { ($0.name, $0.value.string ?? "") }
    let value = Self.number(metric["value"]?.double ?? 0)
    guard metric.text("kind") == "histogram" else { return "\(name)\(Self.text(labels)) \(value)\n" }
    let count = metric["count"]?.integer ?? 0
    let bounds = metric["bounds"]?.array ?? []
    var text = ""
    for (bound, bucket) in zip(bounds, metric["buckets"]?.array ?? []) {
      let upTo = Self.number(bound.double ?? 0)
      text += "\(name)_bucket\(Self.text(labels + [("le", upTo)])) \(bucket.integer ?? 0)\n"
    }
    text += "\(name)_bucket\(Self.text(labels + [("le", "+Inf")])) \(count)\n"
    text += "\(name)_sum\(Self.text(labels)) \(value)\n"
    return text + "\(name)_count\(Self.text(labels)) \(count)\n"
  }

  private static func number(_ value: Double) -> String { JSONNode(value).description }

  private static func text(_ labels: [(String, String)]) -> String {
    if labels.isEmpty { return "" }
    return "{" + labels.map { "\($0.0)=\"\(StatusMetrics.escaped($0.1))\"" }.joined(separator: ",") + "}"
  }

  /// In help, quotation marks stand for themselves.
  private static func escaped(help: String) -> String {
    var result = ""
    for scalar in help.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
