import ToriiPlugin

/// The plugin's metrics at the gateway.
struct CallMetrics: Sendable {
  private enum Metric {
    case counter(Counter)
    case histogram(Histogram)
  }

  /// One for each case of ``Measurement``, in their order.
  private var metrics: [Metric] = []

  /// Defines them all.
  init(_ host: Host) throws(PluginError) {
    for measurement in Measurement.allCases {
      metrics.append(
        measurement.isHistogram
          ? .histogram(try host.defineHistogram(measurement.name, help: measurement.help))
          : .counter(try host.defineCounter(measurement.name, help: measurement.help)))
    }
  }

  /// Adds what a call brought.
  func record(_ values: [(Measurement, Double)]) {
    for (measurement, value) in values {
      switch metrics[measurement.rawValue] {
      case .counter(let counter): counter.add(value)
      case .histogram(let histogram): histogram.observe(value)
      }
    }
  }
}
