import JSON
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
      WorkerCounts(
        try JSONNode(
          parsing: #"{"plugin_metrics":[{"plugin":"p","name":"c","kind":"counter","labels":{"l":"\#(label)"},"#
            + #""value":\#(value),"count":1}]}"#))
    }
    let sum = try counts("a", 1) + counts("b", 2) + counts("a", 4)
    let told = sum.members.first { $0.name == "plugin_metrics" }?.value.array ?? []
    #expect(told.map { $0["labels"]?["l"]?.string } == ["a", "b"])
    #expect(told.map { $0["value"]?.integer } == [5, 2])
  }
}
