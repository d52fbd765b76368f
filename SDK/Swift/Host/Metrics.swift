import CToriiPlugin

/// `torii.metrics/1`. Define in `init(host:inspecting:)` and `makeInstance`; record from any thread.
///
/// A host without metrics gives ones that record nothing.
extension Host {
  /// Defines a metric that only grows.
  ///
  /// - Parameters:
  ///   - name: `[a-z][a-z0-9_]*`; the gateway puts the plugin's before it.
  ///   - help: what it counts, in one sentence.
  public func defineCounter(_ name: String, help: String) throws(PluginError) -> Counter {
    Counter(metric: try Metric.define(self, 1, name, help))
  }

  /// Defines a metric that goes up and down; as ``defineCounter(_:help:)``.
  public func defineGauge(_ name: String, help: String) throws(PluginError) -> Gauge {
    Gauge(metric: try Metric.define(self, 2, name, help))
  }

  /// Defines a distribution; as ``defineCounter(_:help:)``.
  public func defineHistogram(_ name: String, help: String) throws(PluginError) -> Histogram {
    Histogram(metric: try Metric.define(self, 3, name, help))
  }
}

/// A metric that only grows.
public struct Counter: Sendable {
  let metric: Metric
  /// Adds; not negative.
  public func add(_ amount: Double = 1) { metric.record(amount) }
}

/// A metric that goes up and down.
public struct Gauge: Sendable {
  let metric: Metric
  /// Sets the value.
  public func set(_ value: Double) { metric.record(value) }
}

/// A distribution.
public struct Histogram: Sendable {
  let metric: Metric
  /// Observes a value.
  public func observe(_ value: Double) { metric.record(value) }
}

/// A defined metric.
struct Metric: Sendable {
  let host: Host
  let id: torii_metric_id

  // Safety of the calls: slices are of texts that live in the closures.

  static func define(_ host: Host, _ kind: UInt32, _ name: String, _ help: String) throws(PluginError) -> Metric {
    guard let function = unsafe host.tables.pointee.metrics?.pointee.define else { return Metric(host: host, id: 0) }
    var id: torii_metric_id = 0
    let status = unsafe name.withBytes { name in
      unsafe help.withBytes { help in
        unsafe function(host.tables.pointee.context, kind, torii_slice(name), torii_slice(help), &id)
      }
    }
    guard status == TORII_OK else {
      throw PluginError(PluginStatus(rawValue: status), "cannot define the metric \(name)")
    }
    return Metric(host: host, id: id)
  }

  func record(_ value: Double) {
    guard id != 0 else { return }
    _ = unsafe host.tables.pointee.metrics?.pointee.record?(host.tables.pointee.context, id, value)
  }
}
