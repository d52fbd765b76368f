import JSON
import Testing

@testable import Control

@Suite("Plugins' own metrics, as Prometheus reads them")
struct OwnMetricsTests {
  private func text(_ metrics: JSONNode) -> String { OwnMetricsText(metrics.array ?? []) { "t_\($0)_" }.text }

  @Test("a counter and a gauge, with what they say of themselves")
  func simple() {
    let metrics: JSONNode = [
      ["plugin": "p", "name": "hits", "kind": "counter", "help": "Hits \\ \"so\"\nfar.", "value": 2, "count": 2],
      ["plugin": "p", "name": "level", "kind": "gauge", "help": "", "value": -0.5, "count": 0],
    ]
    #expect(
      text(metrics) == """
        # HELP t_p_hits Hits \\\\ "so"\\nfar.
        # TYPE t_p_hits counter
        t_p_hits 2
        # TYPE t_p_level gauge
        t_p_level -0.5

        """)
  }

  @Test("series stand below one line of type; what has no labels is shown if it was recorded", arguments: [0, 1])
  func series(count: Int) {
    let metrics: JSONNode = [
      ["plugin": "p", "name": "hits", "kind": "counter", "help": "", "value": 7, "count": JSONNode(count)],
      [
        "plugin": "p", "name": "hits", "kind": "counter", "help": "", "value": 1, "count": 1,
        "labels": ["a": "x\"\\\ny"],
      ],
      ["plugin": "p", "name": "hits", "kind": "counter", "help": "", "value": 2, "count": 1, "labels": ["a": "z"]],
    ]
    #expect(
      text(metrics) == """
        # TYPE t_p_hits counter
        \(count > 0 ? "t_p_hits 7\n" : "")t_p_hits{a="x\\"\\\\\\ny"} 1
        t_p_hits{a="z"} 2

        """)
  }

  @Test("a histogram has its buckets and the one without bound")
  func histogram() {
    let metrics: JSONNode = [
      [
        "plugin": "p", "name": "s", "kind": "histogram", "help": "", "value": 3.5, "count": 4, "labels": ["a": "b"],
        "bounds": [0.5, 10], "buckets": [1, 3],
      ]
    ]
    #expect(
      text(metrics) == """
        # TYPE t_p_s histogram
        t_p_s_bucket{a="b",le="0.5"} 1
        t_p_s_bucket{a="b",le="10"} 3
        t_p_s_bucket{a="b",le="+Inf"} 4
        t_p_s_sum{a="b"} 3.5
        t_p_s_count{a="b"} 4

        """)
  }

  @Test("what is told of plugins besides stays, what these metrics tell is not told again")
  func others() {
    let metrics: [JSONNode] = [
      ["plugin": "p", "name": "hits", "kind": "counter"], ["plugin": "p", "name": "s", "kind": "histogram"],
    ]
    let plugins: JSONNode = ["p": ["hits": 1, "s_sum": 2, "s_count": 3, "misbehaviours": 4], "q": ["hits": 5]]
    let left = OwnMetricsText(metrics) { $0 }.others(of: plugins)
    #expect(left == ["p": ["misbehaviours": 4], "q": ["hits": 5]])
  }
}
