import PluginHost

/// What a worker has told the controller of its plugins' metrics: only series that changed since are told again, and in
/// messages that a packet socket takes.
struct MetricReport {
  /// About the largest message; a series alone may be larger by less than that.
  private static let messageBytes = 32 * 1024
  /// So many messages at a time: thousands of series must not hold up requests.
  private static let messageLimit = 8

  /// How often each series had been recorded when it was told; `nil` before.
  private var told: [UInt64?] = []
  /// Where to go on.
  private var start = 0

  /// Everything is to be told again, because somebody else listens.
  mutating func forget() {
    told = []
    start = 0
  }

  /// Tells what changed.
  /// - Parameters:
  ///   - metrics: all of them, each in its place for ever.
  ///   - send: whether a message could be sent; otherwise its series will be told later.
  mutating func tell(_ metrics: [PluginMetrics.Metric], send: ([CountedMetric]) -> Bool) {
    told += Array(repeating: nil, count: max(0, metrics.count - told.count))
    var message: [Int] = []
    var size = 0
    var messages = 0
    func flush(_ told: inout [UInt64?]) -> Bool {
      guard !message.isEmpty else { return true }
      guard send(message.map { CountedMetric(metrics[$0]) }) else { return false }
      for index in message { told[index] = metrics[index].count }
      message.removeAll(keepingCapacity: true)
      size = 0
      messages += 1
      return messages < Self.messageLimit
    }
    for step in metrics.indices {
      let index = (start + step) % metrics.count
      guard told[index] != metrics[index].count else { continue }
      message.append(index)
      size += Self.size(of: metrics[index])
      guard size >= Self.messageBytes else { continue }
      guard flush(&told) else {
        start = (index + 1) % metrics.count
        return
      }
    }
    _ = flush(&told)
  }

  /// About how many bytes a series is in a message.
  private static func size(of metric: PluginMetrics.Metric) -> Int {
    metric.labels.reduce(160 + metric.plugin.utf8.count + metric.name.utf8.count + metric.help.utf8.count) {
      $0 + $1.name.utf8.count + $1.value.utf8.count + 8
    } + metric.bounds.count * 32
  }
}
