import CToriiPlugin
import Synchronization

/// What plugins count, by name. Definitions happen while plugins start and instances are made; recording happens on any
/// thread.
public final class PluginMetrics: Sendable {
  /// One metric.
  public struct Metric: Sendable {
    /// `TORII_METRIC_…`
    public var kind: Int32
    /// The plugin that defined it.
    public var plugin: String
    /// Its name within the plugin.
    public var name: String
    /// What it says of itself.
    public var help: String
    /// The counter's or gauge's value; a histogram's sum.
    public var value: Double = 0
    /// A histogram's number of observations.
    public var count: UInt64 = 0
    /// A histogram's observations up to each of ``bounds``.
    public var buckets: [UInt64]
  }

  /// Upper bounds of a histogram's buckets.
  public static let bounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 10000]
  private static let limit = 4096

  private let metrics = Mutex<[Metric]>([])

  /// All metrics as they stand.
  public var all: [Metric] { metrics.withLock { $0 } }

  func define(kind: Int32, plugin: String, name: String, help: String) -> torii_metric_id? {
    guard [TORII_METRIC_COUNTER, TORII_METRIC_GAUGE, TORII_METRIC_HISTOGRAM].contains(kind), Self.isName(name) else {
      return nil
    }
    return metrics.withLock { metrics in
      if let index = metrics.firstIndex(where: { $0.plugin == plugin && $0.name == name }) {
        return metrics[index].kind == kind ? torii_metric_id(index + 1) : nil
      }
      guard metrics.count < Self.limit else { return nil }
      let buckets = kind == TORII_METRIC_HISTOGRAM ? [UInt64](repeating: 0, count: Self.bounds.count) : []
      metrics.append(Metric(kind: kind, plugin: plugin, name: name, help: help, buckets: buckets))
      return torii_metric_id(metrics.count)
    }
  }

  func record(_ id: torii_metric_id, _ value: Double) -> torii_status {
    metrics.withLock { metrics in
      let index = Int(id) - 1
      guard metrics.indices.contains(index) else { return TORII_E_NOT_FOUND }
      guard value.isFinite else { return TORII_E_INVALID }
      switch metrics[index].kind {
      case TORII_METRIC_GAUGE: metrics[index].value = value
      case TORII_METRIC_COUNTER:
        guard value >= 0 else { return TORII_E_INVALID }
        metrics[index].value += value
      default:
        metrics[index].value += value
        metrics[index].count += 1
        for (bucket, bound) in Self.bounds.enumerated() where value <= bound { metrics[index].buckets[bucket] += 1 }
      }
      return TORII_OK
    }
  }

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 63 else { return false }
    return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
  }
}
