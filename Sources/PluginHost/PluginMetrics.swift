import CToriiPlugin
import Synchronization

/// What plugins count, by name. Definitions happen while plugins start and instances are made; recording, and telling
/// series apart by labels, happen on any thread.
public final class PluginMetrics: Sendable {
  /// One of the labels that tell the series of a metric apart.
  public struct Label: Sendable, Hashable {
    /// `[a-z][a-z0-9_]*`
    public var name: String
    /// Any text.
    public var value: String

    /// A label.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// One metric, or one series of a metric with labels.
  public struct Metric: Sendable {
    /// `TORII_METRIC_…`
    public var kind: Int32
    /// The plugin that defined it.
    public var plugin: String
    /// Its name within the plugin.
    public var name: String
    /// What it says of itself.
    public var help: String
    /// What tells it from other series of its name; none for the metric itself.
    public var labels: [Label] = []
    /// Upper bounds of a histogram's buckets, rising.
    public var bounds: [Double] = []
    /// The counter's or gauge's value; a histogram's sum.
    public var value: Double = 0
    /// How often something was recorded: a histogram's number of observations.
    public var count: UInt64 = 0
    /// A histogram's observations up to each of ``bounds``.
    public var buckets: [UInt64] = []

    /// A metric on which nothing was recorded yet.
    public init(kind: Int32, plugin: String, name: String, help: String) {
      self.kind = kind
      self.plugin = plugin
      self.name = name
      self.help = help
    }
  }

  /// Upper bounds of a histogram's buckets that has none of its own.
  public static let bounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 10000]
  private static let limit = 4096
  private static let boundLimit = 64
  private static let labelLimit = 16
  private static let labelValueLimit = 256
  private static let seriesLimit = 1024

  private struct Series: Hashable {
    var metric: Int
    var labels: [Label]
  }

  private struct State {
    var metrics: [Metric] = []
    /// Where the series with labels are.
    var series: [Series: Int] = [:]
    /// How many each metric has.
    var seriesCounts: [Int: Int] = [:]
  }

  private let state = Mutex<State>(State())

  /// All metrics as they stand, a metric before its series.
  public var all: [Metric] { state.withLock { $0.metrics } }

  func define(
    kind: Int32, plugin: String, name: String, help: String, bounds: [Double] = PluginMetrics.bounds
  ) -> torii_metric_id? {
    guard [TORII_METRIC_COUNTER, TORII_METRIC_GAUGE, TORII_METRIC_HISTOGRAM].contains(kind), Self.isName(name),
      Self.areBounds(bounds)
    else { return nil }
    return state.withLock { state in
      if let index = state.metrics.firstIndex(where: { $0.plugin == plugin && $0.name == name && $0.labels.isEmpty }) {
        return state.metrics[index].kind == kind ? torii_metric_id(index + 1) : nil
      }
      guard state.metrics.count < Self.limit else { return nil }
      var metric = Metric(kind: kind, plugin: plugin, name: name, help: help)
      if kind == TORII_METRIC_HISTOGRAM {
        metric.bounds = bounds
        metric.buckets = [UInt64](repeating: 0, count: bounds.count)
      }
      state.metrics.append(metric)
      return torii_metric_id(state.metrics.count)
    }
  }

  /// The series of a metric that has these labels; made if there is none.
  func series(of id: torii_metric_id, labels: [Label]) -> Result<torii_metric_id, PluginStatusError> {
    guard (1...Self.labelLimit).contains(labels.count), Set(labels.map(\.name)).count == labels.count,
      labels.allSatisfy({ Self.isName($0.name) && $0.name != "le" && $0.value.utf8.count <= Self.labelValueLimit })
    else { return .failure(.init(status: TORII_E_INVALID)) }
    return state.withLock { state in
      let index = Int(id) - 1
      guard state.metrics.indices.contains(index) else { return .failure(.init(status: TORII_E_NOT_FOUND)) }
      guard state.metrics[index].labels.isEmpty else { return .failure(.init(status: TORII_E_INVALID)) }
      let key = Series(metric: index, labels: labels)
      if let known = state.series[key] { return .success(torii_metric_id(known + 1)) }
      guard state.metrics.count < Self.limit, state.seriesCounts[index, default: 0] < Self.seriesLimit else {
        return .failure(.init(status: TORII_E_LIMIT))
      }
      var metric = state.metrics[index]
      metric.labels = labels
      metric.value = 0
      metric.count = 0
      metric.buckets = [UInt64](repeating: 0, count: metric.bounds.count)
      state.series[key] = state.metrics.count
      state.seriesCounts[index, default: 0] += 1
      state.metrics.append(metric)
      return .success(torii_metric_id(state.metrics.count))
    }
  }

  func record(_ id: torii_metric_id, _ value: Double) -> torii_status {
    state.withLock { state in
      let index = Int(id) - 1
      guard state.metrics.indices.contains(index) else { return TORII_E_NOT_FOUND }
      guard value.isFinite else { return TORII_E_INVALID }
      switch state.metrics[index].kind {
      case TORII_METRIC_GAUGE: state.metrics[index].value = value
      case TORII_METRIC_COUNTER:
        guard value >= 0 else { return TORII_E_INVALID }
        state.metrics[index].value += value
      default:
        state.metrics[index].value += value
        for bucket in state.metrics[index].bounds.indices where value <= state.metrics[index].bounds[bucket] {
          state.metrics[index].buckets[bucket] += 1
        }
      }
      state.metrics[index].count += 1
      return TORII_OK
    }
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 63 else { return false }
    return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
  }

  private static func areBounds(_ bounds: [Double]) -> Bool {
    guard (1...boundLimit).contains(bounds.count), bounds.allSatisfy(\.isFinite) else { return false }
    return zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
  }
}

/// A refusal with the code that the plugin gets.
struct PluginStatusError: Error, Equatable {
  var status: torii_status
}
