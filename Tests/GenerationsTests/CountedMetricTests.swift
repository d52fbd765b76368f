import CToriiPlugin
import JSON
import PluginHost
import Testing

@testable import Generations

@Suite("What workers count of plugins' metrics")
struct CountedMetricTests {
  private func metric(_ text: String) throws -> CountedMetric {
    try #require(CountedMetric(try JSONNode(parsing: text)))
  }

  private let histogram =
    #"{"plugin":"p","name":"h","kind":"histogram","help":"Sizes \"here\".","value":2.5,"count":3,"#
    + #""labels":{"b":"1","a":"é"},"bounds":[1,2.5],"buckets":[1,2]}"#

  @Test("is read as it was told, labels in their order")
  func roundTrip() throws {
    let metric = try metric(histogram)
    #expect(metric.node.description == histogram)
    #expect(metric.identity.labels.map(\.name) == ["b", "a"])
    #expect(CountedMetric(try JSONNode(parsing: #"{"plugin":"p","name":"h"}"#)) == nil)
  }

  @Test("is added up over workers; buckets that differ are left out")
  func sums() throws {
    var sum = try metric(histogram)
    sum.add(try metric(histogram))
    #expect(sum.value == 5 && sum.count == 6 && sum.buckets == [2, 4])
    sum.add(try metric(histogram.replacing("[1,2.5]", with: "[1,3]")))
    #expect(sum.value == 7.5 && sum.count == 9 && sum.buckets.isEmpty && sum.bounds.isEmpty)
  }

  @Test("counts of two workers have the series of both")
  func workers() throws {
    func counts(_ label: String, _ value: Int) throws -> WorkerCounts {
      var counts = WorkerCounts()
      counts.plugins = ["p": ["misbehaviours": 1]]
      let text = #"{"plugin":"p","name":"c","kind":"counter","labels":{"l":"\#(label)"},"value":\#(value),"count":1}"#
      counts.take([try metric(text)])
      return counts
    }
    let sum = try counts("a", 1) + counts("b", 2) + counts("a", 4)
    let told = sum.members.first { $0.name == "plugin_metrics" }?.value.array ?? []
    #expect(told.map { $0["labels"]?["l"]?.string } == ["a", "b"])
    #expect(told.map { $0["value"]?.integer } == [5, 2])
    let sums = sum.members.first { $0.name == "plugins" }?.value
    #expect(sums == ["p": ["c": 7, "misbehaviours": 3]])
  }

  @Test("what a worker counts now takes the place of what it counted; its metrics stay until they are told again")
  func replaced() throws {
    var counts = WorkerCounts()
    counts.take([try metric(histogram)])
    counts.replaceAllButMetrics(with: WorkerCounts(try JSONNode(parsing: #"{"requests":9}"#)))
    #expect(counts.requests == 9 && counts.metrics.count == 1)
    counts.take([try metric(histogram.replacing(#""count":3"#, with: #""count":4"#))])
    #expect(counts.metrics.values.map(\.count) == [4])
  }
}

@Suite("What a worker tells of plugins' metrics")
struct MetricReportTests {
  private func metrics(_ counts: [UInt64], help: String = "") -> [PluginMetrics.Metric] {
    counts.enumerated().map { index, count in
      var metric = PluginMetrics.Metric(kind: TORII_METRIC_COUNTER, plugin: "p", name: "m\(index)", help: help)
      metric.count = count
      return metric
    }
  }

  @Test("is everything at first, then what changed, and all again to somebody else")
  func changes() {
    var report = MetricReport()
    var told: [[String]] = []
    func tell(_ counts: [UInt64], isHeard: Bool = true) {
      var names: [String] = []
      report.tell(metrics(counts)) {
        names += $0.map(\.identity.name)
        return isHeard
      }
      told.append(names)
    }
    tell([0, 1])
    tell([0, 1])
    tell([0, 2, 0])
    tell([1, 2, 0], isHeard: false)
    tell([1, 2, 0])
    report.forget()
    tell([1, 2, 0])
    #expect(told == [["m0", "m1"], [], ["m1", "m2"], ["m0"], ["m0"], ["m0", "m1", "m2"]])
  }

  @Test("fits into packets, of which there are few at a time; the rest follows")
  func packets() {
    var report = MetricReport()
    let metrics = metrics(Array(repeating: 1, count: 4096), help: String(repeating: "h", count: 500))
    var seen: [String] = []
    var rounds = 0
    while seen.count < 4096, rounds < 100 {
      var packets = 0
      report.tell(metrics) { series in
        packets += 1
        let node = ControlMessage.make(ControlMessage.metrics, number: 1, [CountedMetric.member(series)])
        #expect(node.serialized().count < 100_000)
        seen += series.map(\.identity.name)
        return true
      }
      #expect(packets <= 8)
      rounds += 1
    }
    #expect(Set(seen).count == 4096 && seen.count == 4096 && rounds > 2)
  }
}
