import JSON
import Testing

@testable import Control

@Suite("torii reload, rollback, canary and plugin reinstate")
struct OperateChangeTests {
  private func run(
    _ verb: String, _ arguments: [String], _ answers: [ScriptedAdmin.Answer]
  ) throws -> (run: OperateRun, requests: [ScriptedAdmin.Request]) {
    let admin = try ScriptedAdmin(answers)
    let run = OperateRun(verb, arguments, at: admin.address)
    return (run, admin.requests)
  }

  @Test("each command makes its call and says what came of it")
  func calls() throws {
    let cases: [(String, [String], String, String, String, String)] = [
      ("reload", [], "POST /torii/reload", "{}", #"{"generation":4}"#, "generation 4 is in service\n"),
      ("reload", ["--wait"], "POST /torii/reload", "{}", #"{"generation":4}"#, "generation 4 is in service\n"),
      ("rollback", [], "POST /torii/rollback", "{}", #"{"generation":5}"#, "generation 5 is in service\n"),
      (
        "rollback", ["2"], "POST /torii/rollback", #"{"generation":2}"#,
        #"{"generation":5,"message":"generation 5 is generation 2 again"}"#, "generation 5 is generation 2 again\n"
      ),
      (
        "canary", ["promote"], "POST /torii/canary/promote", "", #"{"generation":4}"#,
        "generation 4 takes all requests now\n"
      ),
      (
        "canary", ["abort"], "POST /torii/canary/abort", "", #"{"generation":3}"#,
        "generation 3 serves all requests again\n"
      ),
      (
        "plugin reinstate", ["a b/c"], "POST /torii/plugins/a%20b%2Fc/reinstate", "", "{}",
        "plugin a b/c is in service again\n"
      ),
    ]
    for (verb, arguments, line, body, answer, expected) in cases {
      let (run, requests) = try run(verb, arguments, [(200, answer)])
      #expect(run.code == 0)
      #expect(run.error == "")
      #expect(run.out == expected)
      #expect(requests == [.init(line: line, body: body)])
    }
  }

  @Test("a canary is asked for with its share, field, duration and limits")
  func canaryBody() throws {
    let (plain, requests) = try run("reload", ["--canary", "5%"], [(200, #"{"generation":4}"#)])
    #expect(
      try JSONNode(parsing: #require(requests.first).body)
        == ["canary": ["share": "5%", "duration": 60, "max_error_rate": 0.01, "max_faults": 0]])
    #expect(
      plain.out.hasPrefix("generation 4 is a canary: it takes 5% of new requests, for 1m 0s\n'torii canary status'"))
    let flags = [
      "--canary=0.5%", "--canary-header", "X-Canary: 1", "--canary-duration", "5m", "--max-error-rate", "0.1%",
      "--max-faults", "2",
    ]
    let (full, more) = try run("reload", flags, [(200, #"{"generation":4}"#)])
    #expect(
      try JSONNode(parsing: #require(more.first).body) == [
        "canary": [
          "share": "0.5%", "header": "X-Canary: 1", "duration": 300, "max_error_rate": 0.001, "max_faults": 2,
        ]
      ])
    #expect(full.out.contains("it takes 0.5% of new requests and those with 'X-Canary: 1', for 5m 0s\n"))
    let (_, header) = try run("reload", ["--canary-header", "X-Canary: 1"], [(200, #"{"generation":4}"#)])
    #expect(try JSONNode(parsing: #require(header.first).body)["canary"]?["share"] == "0%")
  }

  @Test("what is refused is told with every error and its path")
  func refusals() throws {
    let listed = #"""
      {"message":"the configuration has 3 errors","errors":["torii.yaml:14:9: services[0].port: too large",
       {"path":"plugins[0].config.path","message":"required field missing"},{"plugins":{"config":["a",null,"b"]}}]}
      """#
    let (reload, _) = try run("reload", [], [(400, listed)])
    #expect(reload.code == 1)
    #expect(reload.out == "")
    #expect(
      reload.error == """
        torii reload: refused: the configuration has 3 errors
          torii.yaml:14:9: services[0].port: too large
          plugins[0].config.path: required field missing
          plugins.config: a
          plugins.config: b

        """)
    let cases: [(String, [String], Int, String, String)] = [
      ("reload", [], 409, #"{"message":"another reload is running"}"#, "another reload is running\n"),
      ("rollback", ["9"], 404, #"{"message":"no generation 9"}"#, "no generation 9\n"),
      ("canary", ["abort"], 404, #"{"message":"no canary is running"}"#, "no canary is running\n"),
      (
        "plugin reinstate", ["x"], 404, #"{"message":"x is not quarantined"}"#,
        "x is not quarantined\n  'torii status' lists the plugins that are quarantined\n"
      ),
      ("canary", ["promote"], 409, "{}", "HTTP status 409 (message: \"\")\n"),
    ]
    for (verb, arguments, status, body, expected) in cases {
      let (run, _) = try run(verb, arguments, [(status, body)])
      #expect(run.code == 1)
      #expect(run.error == "torii \(verb): refused: \(expected)")
    }
  }

  private static let running =
    #"{"ready":true,"canary":{"generation":4,"share":"5%","since":1,"until":1790000060,"served":10,"failed":0,"faults":0}}"#

  @Test(
    "waits for a canary's end and says how it went",
    arguments: [
      (
        #"{"canary":null,"canary_history":[{"generation":4,"outcome":"promoted","reason":"60 s went well"}]}"#,
        Int32(0),
        "generation 4 was promoted: 60 s went well\n"
      ),
      (
        #"{"canary":null,"canary_history":[{"generation":4,"outcome":"rolled back","reason":"3% failed"}]}"#, 1,
        "generation 4 was rolled back: 3% failed\n"
      ),
      (#"{"canary":null,"generations":[{"number":4,"state":"in service"}]}"#, 0, "generation 4 is in service\n"),
      (
        #"{"canary":null,"canary_history":[{"generation":2,"outcome":"promoted"}]}"#, 1,
        "generation 4 is not in service; the gateway does not say why\n"
      ),
    ])
  func waiting(end: String, code: Int32, text: String) throws {
    // The first status is from before the canary began; one answer is missing altogether.
    let answers: [ScriptedAdmin.Answer] = [
      (200, #"{"generation":4}"#), (200, #"{"ready":true}"#), (200, Self.running), (0, ""), (200, Self.running),
      (200, end),
    ]
    let (run, requests) = try run("reload", ["--canary", "5%", "--wait"], answers)
    #expect(run.code == code)
    #expect(run.error == "")
    #expect(run.out == "generation 4 is a canary: it takes 5% of new requests, for 1m 0s\n" + text)
    #expect(requests.count >= 6)
  }

  @Test("tells how a canary is doing while it waits, and gives up when it does not end")
  func endless() throws {
    let (run, _) = try run(
      "reload", ["--canary", "5%", "--canary-duration", "20s", "--wait"],
      [(200, #"{"generation":4}"#), (200, Self.running)])
    #expect(run.code == 1)
    #expect(run.error.hasPrefix("torii reload: generation 4 is neither promoted nor rolled back after 50s\n"))
    #expect(run.out.contains("generation 4 takes 5% of new requests since "))
    #expect(run.out.contains(": 10 served, 0 failed, 0 faults; 50s left\n"))
    #expect(run.out.split(separator: "\n").count == 6)
  }

  @Test("canary status shows the one that runs and how others ended")
  func canaryStatus() throws {
    let body = #"""
      {"canary":{"generation":4,"share":"5%","since":1789999990,"until":1790000050,"served":10,"failed":1,"faults":0},
       "canary_history":[{"generation":2,"outcome":"promoted","reason":"","time":1789999940}]}
      """#
    let (run, _) = try run("canary", ["status"], [(200, body)])
    #expect(
      run.out == """
        generation 4 takes 5% of new requests since 10s: 10 served, 1 failed, 0 faults; 50s left
          generation 2 was promoted 1m 0s ago

        """)
    let (json, _) = try self.run("canary", ["status", "--json"], [(200, body)])
    #expect(try JSONNode(parsing: json.out) == JSONNode(parsing: body))
    let (none, _) = try self.run("canary", ["status"], [(200, #"{"ready":false}"#)])
    #expect(none.out == "no canary is running\n")
    #expect(none.code == 0)
  }

  @Test(
    "a command line that makes no sense is refused before anything is called",
    arguments: [
      ("status", ["x"], "unexpected 'x'"), ("reload", ["--bogus"], "unknown flag: --bogus"),
      ("reload", ["--canary", "5"], "--canary: '5' is no share; write it like 5% or 0.5%"),
      ("reload", ["--canary", "101%"], "--canary: '101%' is no share"),
      ("reload", ["--canary", "0.001%"], "less than 0.01%"), ("reload", ["--canary", "nan%"], "is no share"),
      ("reload", ["--canary-header", "X"], "write it like 'X-Canary: 1'"),
      ("reload", ["--canary", "5%", "--canary-header", "X: a\r\nB: c"], "is no field"),
      ("reload", ["--canary", "5%", "--canary-duration", "soon"], "--canary-duration: 'soon' is no time"),
      ("reload", ["--canary", "5%", "--canary-duration", "0s"], "is no time"),
      ("reload", ["--canary", "5%", "--max-faults", "-1"], "--max-faults: '-1' is no number from 0"),
      ("reload", ["--max-faults", "1"], "--max-faults goes with --canary or --canary-header"),
      ("rollback", ["x"], "GENERATION: 'x' is no number from 1"), ("rollback", ["1", "2"], "unexpected '2'"),
      ("canary", [], "give one of promote, abort and status"), ("canary", ["stop"], "'stop' is none of promote"),
      ("plugin reinstate", [], "give the name of one plugin"), ("top", ["--interval", "1ms"], "--interval is 100ms"),
      ("top", ["--count", "0"], "--count: '0' is no number from 1"),
      ("status", ["--timeout", "0.1s"], "--timeout is 1s"),
      ("status", ["--admin-addr", "ftp://x"], "is no address of an Admin API"), ("explode", [], "is not a command"),
    ])
  func usage(verb: String, arguments: [String], text: String) throws {
    let admin = try ScriptedAdmin([(500, "")])
    let hasAddress = arguments.contains("--admin-addr")
    let run = OperateRun(verb, arguments, at: hasAddress ? nil : admin.address)
    #expect(run.code == 2)
    #expect(run.out == "")
    #expect(run.error.contains(text))
    if verb != "explode" { #expect(run.error.hasSuffix("\n\n'torii \(verb) --help' tells what it takes\n")) }
    #expect(admin.requests.isEmpty)
  }

  @Test("every command has a help that names its flags and calls nobody")
  func help() {
    for definition in OperateVerb.all {
      let run = OperateRun(definition.name, ["--help"], at: "http://127.0.0.1:1")
      #expect(run.code == 0)
      #expect(run.out.hasPrefix("usage: torii \(definition.name) "))
      for option in definition.options + OperateVerb.common { #expect(run.out.contains("--\(option.name) ")) }
      for line in run.out.split(separator: "\n") { #expect(line.count <= 120) }
    }
  }
}
