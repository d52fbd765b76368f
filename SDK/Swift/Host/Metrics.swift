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

  /// Defines a distribution whose buckets end at these bounds, which rise; as ``defineCounter(_:help:)``. Hosts before ABI 1.1
  /// use bounds of their own.
  public func defineHistogram(_ name: String, help: String, bounds: [Double]) throws(PluginError) -> Histogram {
    Histogram(metric: try Metric.defineHistogram(self, name, help, bounds))
  }
}

/// A metric that only grows.
public struct Counter: Sendable {
  let metric: Metric
  /// Adds; not negative.
  public func add(_ amount: Double = 1) { metric.record(amount) }

  /// The counter with labels (`["model": name]`), which counts apart; from any thread. The same labels in the same order give
  /// the same one: keep it for as long as they do not change. Throws `.limit` past 1024 sets of labels. Hosts before ABI 1.1
  /// count all together.
  public func labelled(_ labels: HeaderList) throws(PluginError) -> Counter {
    Counter(metric: try metric.labelled(labels))
  }
}

/// A metric that goes up and down.
public struct Gauge: Sendable {
  let metric: Metric
  /// Sets the value.
  public func set(_ value: Double) { metric.record(value) }

  /// The gauge with labels; as ``Counter/labelled(_:)``.
  public func labelled(_ labels: HeaderList) throws(PluginError) -> Gauge {
    Gauge(metric: try metric.labelled(labels))
  }
}

/// A distribution.
public struct Histogram: Sendable {
  let metric: Metric
  /// Observes a value.
  public func observe(_ value: Double) { metric.record(value) }

  /// The distribution with labels; as ``Counter/labelled(_:)``.
  public func labelled(_ labels: HeaderList) throws(PluginError) -> Histogram {
    Histogram(metric: try metric.labelled(labels))
  }
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

  static func defineHistogram(
    _ host: Host, _ name: String, _ help: String, _ bounds: [Double]
  ) throws(PluginError) -> Metric {
    guard let function = unsafe Self.grown(host)?.pointee.define_histogram else {
      return try define(host, 3, name, help)
    }
    var id: torii_metric_id = 0
    let status = unsafe name.withBytes { name in
      unsafe help.withBytes { help in
        unsafe bounds.withUnsafeBufferPointer { bounds in
          unsafe function(
            host.tables.pointee.context, torii_slice(name), torii_slice(help), bounds.baseAddress,
            UInt32(clamping: bounds.count), &id)
        }
      }
    }
    guard status == TORII_OK else {
      throw PluginError(PluginStatus(rawValue: status), "cannot define the histogram \(name)")
    }
    return Metric(host: host, id: id)
  }

  /// The table of a host that has what came with ABI 1.1.
  private static func grown(_ host: Host) -> UnsafePointer<torii_metrics_interface>? {
    // Safe: the table is the host's for as long as the plugin is loaded.
    guard let table = unsafe host.tables.pointee.metrics,
      unsafe table.pointee.struct_size >= UInt32(MemoryLayout<torii_metrics_interface>.size)
    else { return nil }
    return unsafe table
  }

  func labelled(_ labels: HeaderList) throws(PluginError) -> Metric {
    guard id != 0, let function = unsafe Self.grown(host)?.pointee.labelled else { return self }
    var series: torii_metric_id = 0
    let status = unsafe labels.withHeaders { labels, count in
      unsafe function(host.tables.pointee.context, id, labels, count, &series)
    }
    guard status == TORII_OK else {
      throw PluginError(PluginStatus(rawValue: status), "cannot tell a metric apart by these labels")
    }
    return Metric(host: host, id: series)
  }

  func record(_ value: Double) {
    guard id != 0 else { return }
    _ = unsafe host.tables.pointee.metrics?.pointee.record?(host.tables.pointee.context, id, value)
  }
}
