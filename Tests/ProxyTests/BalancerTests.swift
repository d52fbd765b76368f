import EventLoop
import PluginHost
import Testing

@testable import Proxy

@Suite("Spreading requests over targets")
struct BalancerTests {
  @Test(
    "each as often as it weighs",
    arguments: [
      ([1], [1]), ([1, 1], [1, 1]), ([3, 1], [3, 1]), ([200, 100], [2, 1]), ([0, 5], [0, 1]), ([0, 0], [0, 0]),
      ([], []),
      ([65535, 1], [1000, 1]), ([-3, 1], [0, 1]),
    ])
  func spread(weights: [Int], expected: [Int]) throws {
    let worker = ProxyWorker(loop: try EventLoop(), settings: ProxySettings(), plugins: PluginRuntime(version: "")) {
      _, _ in
    }
    let choices = try weights.indices.map { index in
      let key = UpstreamTarget.Key(
        isTLS: false, host: "h\(index)", port: 80, verification: UpstreamVerification(verify: false, depth: 1))
      return Balancer.Choice(target: try worker.target(key), hostField: [])
    }
    let spread = Balancer.spread(Array(zip(choices, weights)))
    #expect(choices.map { choice in spread.count { $0.target === choice.target } } == expected)
    let balancer = Balancer(spread)
    let round = spread.compactMap { _ in balancer.choose()?.target.host }
    #expect(round == spread.map(\.target.host))
    #expect((balancer.choose() == nil) == spread.isEmpty)
  }

  @Test("a heavy target is not chosen many times in a row")
  func smooth() throws {
    let worker = ProxyWorker(loop: try EventLoop(), settings: ProxySettings(), plugins: PluginRuntime(version: "")) {
      _, _ in
    }
    func choice(_ host: String) throws -> Balancer.Choice {
      let key = UpstreamTarget.Key(
        isTLS: false, host: host, port: 80, verification: UpstreamVerification(verify: false, depth: 1))
      return Balancer.Choice(target: try worker.target(key), hostField: [])
    }
    let spread = Balancer.spread([(try choice("a"), 2), (try choice("b"), 2), (try choice("c"), 1)])
    for (one, next) in zip(spread, spread.dropFirst()) { #expect(one.target !== next.target) }
  }
}
