import CToriiPlugin
import Glibc

/// `torii.metrics/1`
enum MetricsInterface {
  static var table: torii_metrics_interface {
    unsafe torii_metrics_interface(
      struct_size: UInt32(MemoryLayout<torii_metrics_interface>.size), reserved: 0,
      define: { context, kind, name, help, metric in
        unsafe MetricsInterface.define(context, name, help, metric) { metrics, plugin, name, help in
          metrics.define(kind: Int32(truncatingIfNeeded: kind), plugin: plugin, name: name, help: help)
        }
      },
      record: { context, metric, value in
        unsafe withRuntime(context) { $0.metrics.record(metric, value) } ?? TORII_E_INVALID
      },
      define_histogram: { context, name, help, bounds, boundCount, metric in
        guard let bounds = unsafe bounds, boundCount > 0, boundCount <= 64 else { return TORII_E_INVALID }
        // The plugin says that there are so many.
        let list = unsafe Array(UnsafeBufferPointer(start: bounds, count: Int(boundCount)))
        return unsafe MetricsInterface.define(context, name, help, metric) { metrics, plugin, name, help in
          metrics.define(kind: TORII_METRIC_HISTOGRAM, plugin: plugin, name: name, help: help, bounds: list)
        }
      },
      labelled: { context, metric, labels, labelCount, series in
        guard let labels = unsafe labels, let series = unsafe series, labelCount > 0, labelCount <= 16 else {
          return TORII_E_INVALID
        }
        var list: [PluginMetrics.Label] = []
        // The plugin says that there are so many.
        var place = unsafe UnsafeBufferPointer(start: labels, count: Int(labelCount)).makeIterator()
        while let label = unsafe place.next() {
          guard let name = unsafe MetricsInterface.text(label.name),
            let value = unsafe MetricsInterface.text(label.value)
          else { return TORII_E_INVALID }
          list.append(.init(name: name, value: value))
        }
        return unsafe withRuntime(context) { runtime in
          switch runtime.metrics.series(of: metric, labels: list) {
          case .success(let id):
            unsafe series.pointee = id
            return TORII_OK
          case .failure(let refusal): return refusal.status
          }
        } ?? TORII_E_INVALID
      })
  }

  /// Text that a plugin gives; `nil` when it is not UTF-8.
  private static func text(_ slice: torii_slice) -> String? {
    unsafe String(validating: bytes(slice), as: UTF8.self)
  }

  private static func define(
    _ context: UnsafeMutableRawPointer?, _ name: torii_slice, _ help: torii_slice,
    _ metric: UnsafeMutablePointer<torii_metric_id>?,
    _ body: (PluginMetrics, _ plugin: String, _ name: String, _ help: String) -> torii_metric_id?
  ) -> torii_status {
    guard let metric = unsafe metric else { return TORII_E_INVALID }
    let name = unsafe String(decoding: bytes(name), as: UTF8.self)
    let help = unsafe String(decoding: bytes(help), as: UTF8.self)
    return unsafe withRuntime(context) { runtime in
      guard pthread_equal(pthread_self(), runtime.thread) != 0 else { return TORII_E_THREAD }
      let plugin = runtime.definingPlugin
      guard !plugin.isEmpty else { return TORII_E_PHASE }
      guard let id = body(runtime.metrics, plugin, name, help) else { return TORII_E_INVALID }
      unsafe metric.pointee = id
      return TORII_OK
    } ?? TORII_E_INVALID
  }
}
