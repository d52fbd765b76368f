import Foundation
import JSON
import Testing

@testable import Control

@Suite("torii top")
struct OperateTopTests {
  /// A status after so many requests.
  private static func status(_ requests: Int, plugins: Int = 1) -> String {
    let calls = (0..<plugins).map { number in
      """
      {"plugin":"ai-proxy\(number == 0 ? "" : "-\(number)")","version":"1.0.0","instances":1,"misbehaviours":0,"phases":[
       {"phase":"access","calls":\(requests),"nanoseconds":\(requests * 2000),"buckets":[0,\(requests),0,0,0,0,0,0,0,0,0,0]},
       {"phase":"body_filter","calls":\(requests),"nanoseconds":\(requests * 1_000_000),
        "buckets":[0,0,0,0,\(requests - requests / 10),0,0,0,0,0,0,\(requests / 10)]},
       {"phase":"log","calls":0,"nanoseconds":0,"buckets":[]}]}
      """
    }
    return """
      {"ready":true,"generation":3,"requests":\(requests),"connections":4,"restarts":1,"fault_count":\(requests / 1000),
       "workers":[{"index":0,"pid":1,"resident_bytes":10485760},{"index":1,"pid":2,"resident_bytes":10485760}],
       "plugin_calls":[\(calls.joined(separator: ","))],
       "plugins":{"ai-proxy":{"prompt_tokens":\(requests * 10),"completion_tokens":\(requests * 20),
        "cost":\(Double(requests) / 1000),"cached_prompt_tokens":5},"other":{"tokens":1}},
       "faults":[{"number":1,"time":1789999990,"kind":"hang","plugin":"slow","version":"2","phase":"access"}]}
      """
  }

  @Test("lines for pipes have the differences of two looks")
  func plain() throws {
    let admin = try ScriptedAdmin([(200, Self.status(1000)), (200, Self.status(1100)), (200, Self.status(1100))])
    let run = OperateRun("top", ["--plain", "--count", "2", "--interval", "2s"], at: admin.address, isTerminal: true)
    #expect(run.code == 0)
    #expect(run.error == "")
    #expect(
      run.out == """
        gateway time=2026-09-21T14:13:22Z ready=true generation=3 requests_per_second=50.000 connections=4 faults=1 restarts=1 quarantined=0 input_tokens_per_second=500.000 output_tokens_per_second=1000.000 cost_per_hour=180.000000 cost=1.100000
        plugin plugin=ai-proxy version=1.0.0 phase=body_filter calls_per_second=50.000 mean_microseconds=1000.000 p99_microseconds=inf time_percent=5.000
        plugin plugin=ai-proxy version=1.0.0 phase=access calls_per_second=50.000 mean_microseconds=2.000 p99_microseconds=4.096 time_percent=0.010
        gateway time=2026-09-21T14:13:24Z ready=true generation=3 requests_per_second=0.000 connections=4 faults=1 restarts=1 quarantined=0 input_tokens_per_second=0.000 output_tokens_per_second=0.000 cost_per_hour=0.000000 cost=1.100000

        """)
  }

  /// What a terminal shows after a text was written to it: enough of ECMA-48 for this.
  private func screen(_ text: String) -> [String] {
    let frame = text.components(separatedBy: "\u{1B}[H").last ?? ""
    let plain = frame.components(separatedBy: "\u{1B}[J")[0]
    return plain.components(separatedBy: "\r\n").map { line in
      line.replacing(#/\u{1B}\[[0-9]*[mK]/#, with: "")
    }
  }

  @Test("draws a screen of 80 columns and 24 lines, with plugins by the time spent in them")
  func drawing() throws {
    let admin = try ScriptedAdmin([(200, Self.status(1000)), (200, Self.status(3000))])
    let terminal = ScriptedTerminal()
    terminal.events = [.elapsed, .quit]
    let run = OperateRun("top", [], at: admin.address, isTerminal: true, terminal: terminal)
    #expect(run.code == 0)
    #expect(
      screen(run.out) == [
        "torii top  \(admin.address)  ready  generation 3  2026-09-21T14:13:21Z",
        "requests/s 2000   connections 4   workers 2   memory 20.0 MiB   restarts 1",
        "tokens/s in 20000 out 40000   cost/h 7200.00   cost 3.0000",
        "",
        "PLUGIN          PHASE        CALLS/S    MEAN       P99    TIME",
        "ai-proxy 1.0.0  body_filter     2000  1.0 ms   > 1.1 s  200.0%",
        "ai-proxy 1.0.0  access          2000  2.0 µs  < 4.1 µs    0.4%",
        "",
        "faults 3, 2 since top was started",
        "  11s ago  hang  plugin slow 2 in access",
      ])
  }

  @Test("shows latencies, a canary and quarantines when the status has them")
  func otherParts() throws {
    let body = """
      {"ready":true,"latencies":{"request":{"calls":100,"nanoseconds":200000000,"buckets":[0,0,0,0,0,60,40]}},
       "canary":{"generation":4,"share":"5%","until":1790000060,"served":10,"failed":1,"faults":0},
       "quarantines":[{"name":"bad","action":"bypass","faults":3}]}
      """
    let rates = OperateRates(OperateStatus(try JSONNode(parsing: body)), at: OperateRun.now, before: nil)
    let screen = OperateTopScreen(rates, address: "a", failure: nil, style: TextStyle(isOn: false))
    #expect(
      screen.lines(columns: 80, rows: 24) == [
        "torii top  a  ready  2026-09-21T14:13:20Z", "requests/s -",
        "request  mean 2.0 ms, p50 < 1.0 ms, p99 < 4.2 ms",
        "canary generation 4 5%: 10 served, 1 failed, 0 faults, 1m 0s left", "", "no plugin was called", "",
        "faults 0", "  bad is quarantined (bypass): 'torii plugin reinstate bad' ends it",
      ])
    #expect(
      OperateTopLines.text(rates).hasSuffix("latency of=request mean_microseconds=2000.000 p99_microseconds=4194.304\n")
    )
  }

  @Test("takes the terminal and gives it back, however it ends")
  func terminalState() throws {
    let admin = try ScriptedAdmin([(200, Self.status(1000))])
    let endings: [([OperateTerminalEvent], [String])] = [
      ([.quit], []), ([.elapsed, .quit], []), ([.resized, .quit], []), ([], ["--count", "3"]),
    ]
    for (events, flags) in endings {
      let terminal = ScriptedTerminal()
      terminal.events = events
      let run = OperateRun("top", flags, at: admin.address, isTerminal: true, terminal: terminal)
      #expect(run.code == 0)
      #expect(terminal.calls == ["begin with keys", "end"])
      #expect(run.out.hasPrefix("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l"))
      #expect(run.out.hasSuffix("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"))
    }
    let terminal = ScriptedTerminal()
    terminal.events = [.suspended, .quit]
    _ = OperateRun("top", [], at: admin.address, isTerminal: true, terminal: terminal)
    #expect(terminal.calls == ["begin with keys", "end", "suspend", "begin with keys", "end"])
    // What goes wrong at once leaves the terminal alone.
    let other = ScriptedTerminal()
    let run = OperateRun("top", [], at: "http://127.0.0.1:1", isTerminal: true, terminal: other)
    #expect(run.code == 1)
    #expect(run.out == "")
    #expect(other.calls == [])
  }

  @Test(
    "no line is longer and no screen is higher than the terminal",
    arguments: [(80, 24), (40, 10), (20, 3), (1, 1), (200, 60)])
  func size(columns: Int, rows: Int) throws {
    let status = OperateStatus(try JSONNode(parsing: Self.status(3000, plugins: 40)))
    let earlier = OperateStatus(try JSONNode(parsing: Self.status(1000, plugins: 40)))
    let first = OperateRates(earlier, at: 1, before: nil)
    for rates in [first, OperateRates(status, at: 2, before: first)] {
      for failure in [nil, String(repeating: "x", count: 300)] {
        let screen = OperateTopScreen(rates, address: "http://a", failure: failure, style: TextStyle(isOn: false))
        let lines = screen.lines(columns: columns, rows: rows)
        #expect(lines.count <= rows)
        #expect(lines.allSatisfy { $0.count <= columns })
        // The faults are below the plugins, which leave room for them.
        if rows >= 24 { #expect(lines.contains { $0.hasPrefix("faults ") }) }
      }
    }
  }

  @Test("goes on while the gateway does not answer, and says so")
  func failures() throws {
    let admin = try ScriptedAdmin([
      (200, Self.status(1000)), (503, #"{"message":"starting"}"#), (200, Self.status(1100)),
    ])
    let plain = OperateRun("top", ["--plain", "--count", "2"], at: admin.address)
    #expect(plain.code == 0)
    #expect(plain.error == "torii top: refused: starting\n")
    #expect(plain.out.contains(" requests_per_second=50.000 "))
    let other = try ScriptedAdmin([(200, Self.status(1000)), (503, #"{"message":"starting"}"#)])
    let drawn = OperateRun("top", ["--count", "2"], at: other.address, isTerminal: true)
    #expect(drawn.code == 1)
    #expect(screen(drawn.out).dropFirst().first == "refused: starting")
  }

  @Test("counts that fall, as when a worker ends, are no negative rates")
  func restarts() throws {
    let before = OperateRates(OperateStatus(try JSONNode(parsing: Self.status(3000))), at: 1, before: nil)
    let rates = OperateRates(OperateStatus(try JSONNode(parsing: Self.status(1000))), at: 2, before: before)
    #expect(rates.requestsPerSecond == 0)
    #expect(rates.inputTokensPerSecond == 0)
    #expect(rates.costPerHour == 0)
    #expect(rates.newFaults == 0)
    #expect(rates.phases.isEmpty)
  }

  @Test(
    "tokens and cost are found by the names that plugins give them",
    arguments: [
      (#"{"ai-proxy":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":4}}"#, 1.0, 2.0, 4.0 as Double?),
      (#"{"ai-proxy":{"input_tokens_total":1,"output_tokens_total":2},"ai-cache":{"input_tokens":5}}"#, 6, 2, nil),
      (#"{"ai-proxy":{"llm_cost_input":1,"llm_cost_output":2,"output_tokens_per_second":9}}"#, 0, 0, 3),
      (#"{"ai-proxy":{"cost_sum":1.5,"cost_count":7},"rate-limiting":{"input_tokens":5,"cost":9}}"#, 0, 0, 1.5),
      (#"{}"#, 0, 0, nil),
    ])
  func usage(plugins: String, input: Double, output: Double, cost: Double?) throws {
    let status = OperateStatus(try JSONNode(parsing: "{\"plugins\":\(plugins)}"))
    let usage = OperateRates.usage(status)
    #expect(usage.inputTokens == input)
    #expect(usage.outputTokens == output)
    #expect(usage.cost == cost)
    #expect(usage.hasTokens == (input + output > 0))
  }

  @Test("the bound of a share of calls is that of the bucket in which the last of them lies")
  func bounds() {
    func bound(_ buckets: [Double], _ share: Double) -> Double? { OperateTiming(buckets: buckets).bound(of: share) }
    #expect(bound([], 0.99) == nil)
    #expect(bound([0, 0], 0.99) == nil)
    #expect(bound([100], 0.99) == 1024)
    #expect(bound([99, 1], 0.99) == 1024)
    #expect(bound([98, 2], 0.99) == 4096)
    #expect(bound([98, 0, 2], 0.99) == 16384)
    #expect(bound([Double](repeating: 0, count: 11) + [1], 0.99) == .infinity)
  }

  @Test("numbers are written for people")
  func formats() {
    let lengths: [(Double, String)] = [
      (0, "0s"), (-5, "0s"), (59.9, "59s"), (192, "3m 12s"), (18_180, "5h 3m"), (187_200, "2d 4h"), (.nan, "-"),
    ]
    for (seconds, text) in lengths { #expect(OperateFormat.length(seconds) == text) }
    #expect(OperateFormat.bytes(1023) == "1023 B")
    #expect(OperateFormat.bytes(1536) == "1.5 KiB")
    #expect(OperateFormat.bytes(5e12) == "4656.6 GiB")
    #expect(OperateFormat.nanoseconds(12_345) == "12.3 µs")
    #expect(OperateFormat.nanoseconds(2.5e9) == "2.5 s")
    #expect(OperateFormat.fixed(-0.04, 1) == "0.0")
    #expect(OperateFormat.fixed(-1.25, 1) == "-1.3")
    #expect(OperateFormat.fixed(0.005, 2) == "0.01")
    let times: [(Double, String)] = [
      (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
      (1_709_251_199, "2024-02-29T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
      (1_735_689_599, "2024-12-31T23:59:59Z"),
    ]
    for (seconds, text) in times { #expect(OperateFormat.timestamp(seconds) == text) }
  }
}
