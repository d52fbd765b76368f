import ToriiPlugin

/// The plugin's metrics at the gateway.
struct CallMetrics: Sendable {
  private enum Metric {
    case counter(Counter)
    case histogram(Histogram)

    /// The metric with labels, or without where there are too many of them already: what is counted is never lost.
    func labelled(_ labels: [CallLabels.Label]) -> Metric {
      var list = HeaderList()
      for label in labels { list.append(label.name, label.value) }
      switch self {
      case .counter(let counter): return (try? counter.labelled(list)).map(Metric.counter) ?? self
      case .histogram(let histogram): return (try? histogram.labelled(list)).map(Metric.histogram) ?? self
      }
    }
  }

  /// One for each case of ``Measurement``, in their order.
  private var metrics: [Metric] = []

  /// Defines them all.
  init(_ host: Host) throws(PluginError) {
    for measurement in Measurement.allCases {
      metrics.append(
        measurement.isHistogram
          ? .histogram(try host.defineHistogram(measurement.name, help: measurement.help, bounds: measurement.bounds))
          : .counter(try host.defineCounter(measurement.name, help: measurement.help)))
    }
  }

  /// Those of calls of one kind.
  func labelled(_ labels: CallLabels) -> CallMetrics {
    var result = self
    for measurement in Measurement.allCases {
      result.metrics[measurement.rawValue] = metrics[measurement.rawValue].labelled(labels.labels(of: measurement))
    }
    return result
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

/// The metrics of the kinds of calls that an instance has met: labels are put together once for each.
struct CallMetricTable {
  private let metrics: CallMetrics
  private var known: [CallLabels: CallMetrics] = [:]
  /// The kind met last, and its metrics: the next call is usually of the same.
  private var last: (labels: CallLabels, metrics: CallMetrics)?
  /// Models may be named by requests: kinds beyond so many are forgotten and asked for anew.
  private static let limit = 256

  init(_ metrics: CallMetrics) { self.metrics = metrics }

  /// Adds what a call brought.
  mutating func record(_ values: [(Measurement, Double)], _ labels: CallLabels) {
    guard !values.isEmpty else { return }
    if let last, last.labels == labels {
      last.metrics.record(values)
      return
    }
    let series = known[labels] ?? metrics.labelled(labels)
    if known.count >= Self.limit { known.removeAll() }
    known[labels] = series
    last = (labels, series)
    series.record(values)
  }
}
