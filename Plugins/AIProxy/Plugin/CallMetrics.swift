import ToriiPlugin

/// The plugin's metrics at the gateway.
struct CallMetrics: Sendable {
  private var counters: [Measurement: Counter] = [:]
  private var histograms: [Measurement: Histogram] = [:]

  /// Defines them all.
  init(_ host: Host) throws(PluginError) {
    for measurement in Measurement.allCases {
      if measurement.isHistogram {
        histograms[measurement] = try host.defineHistogram(measurement.name, help: measurement.help)
      } else {
        counters[measurement] = try host.defineCounter(measurement.name, help: measurement.help)
      }
    }
  }

  /// Adds what a call brought.
  func record(_ values: [(Measurement, Double)]) {
    for (measurement, value) in values {
      counters[measurement]?.add(value)
      histograms[measurement]?.observe(value)
    }
  }
}
