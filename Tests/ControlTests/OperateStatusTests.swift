import JSON
import Testing

@testable import Control

@Suite("torii status")
struct OperateStatusTests {
  static let full = """
    {"ready":true,"generation":3,"requests":1234,"connections":4,"restarts":1,"fault_count":7,
     "workers":[
      {"index":0,"pid":4711,"generation":3,"requests":600,"connections":2,"resident_bytes":12897484,"images":3,
       "retained_images":1,"call":{"plugin":"slow","phase":"access","route":"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
       "route_name":"chat"},"turn_milliseconds":3200},
      {"index":1,"pid":4712,"generation":3,"requests":634,"connections":2,"resident_bytes":1048576,"images":2,
       "retained_images":0,"turn_milliseconds":0}],
     "generations":[
      {"number":2,"state":"retiring","since":1789999000,"active_requests":2,"served":900,"failed":3,
       "libraries":[{"plugin":"file-log","version":"1.0.0","hash":"00112233445566778899","source":"/lib/libfile-log.so"}]},
      {"number":3,"state":"in service","since":1789999700,"active_requests":10,"served":331,"failed":0,
       "libraries":[
        {"plugin":"ai-proxy","version":"1.1.0","hash":"abcdefabcdef0123456789","source":"/lib/libai-proxy.so"},
        {"plugin":"file-log","version":"1.0.0","hash":"00112233445566778899","source":"/lib/libfile-log.so"}]}],
     "plugin_calls":[{"plugin":"ai-proxy","version":"1.1.0","instances":1,"misbehaviours":2,"phases":[]}],
     "faults":[
      {"number":7,"time":1789999940,"kind":"crash","worker":1,"pid":4700,"signal":"SIGSEGV","exit_code":0,
       "plugin":"bad","version":"0.1","library":"/lib/libbad.so","phase":"access","entity":null,"route":"r",
       "route_name":"chat","trace":["libbad.so(+0x1234)","libtorii(+0x99)"],"quarantined":true},
      {"number":6,"time":1789999900,"kind":"exit","worker":0,"pid":4699,"signal":null,"exit_code":3,"plugin":"bad",
       "version":"0.1","library":"/lib/libbad.so","phase":"log","route":null,"trace":[],"quarantined":false}],
     "quarantines":[{"name":"bad","action":"reject","faults":3,"since":1789999940}],
     "canary":null,
     "canary_history":[{"generation":2,"outcome":"rolled back","reason":"2.1% of answers failed","time":1789999600}]}
    """

  private func run(_ body: String, _ arguments: String..., status: Int = 200) throws -> OperateRun {
    let admin = try ScriptedAdmin([(status, body)])
    let run = OperateRun("status", arguments, at: admin.address)
    #expect(admin.requests == [.init(line: "GET /torii/status", body: "")])
    return run
  }

  @Test("shows generations with their libraries, workers, quarantines and faults, and what to do")
  func all() throws {
    let run = try run(Self.full)
    #expect(run.code == 0)
    #expect(run.error == "")
    #expect(
      run.out == """
        ready: generation 3, 1234 requests, 4 connections open, 1 restart, 7 faults

        generations
          number  state       since        requests on it  served  failed
               2  retiring    16m 40s ago               2     900       3
                    file-log  1.0.0  001122334455  /lib/libfile-log.so
               3  in service  5m 0s ago                10     331       0
                    ai-proxy  1.1.0  abcdefabcdef  /lib/libai-proxy.so
                    file-log  1.0.0  001122334455  /lib/libfile-log.so

        canary
          generation 2 was rolled back 6m 40s ago: 2.1% of answers failed

        workers
          worker   pid  generation  requests  connections    memory  images  retained  in
               0  4711           3       600            2  12.3 MiB       3         1  slow access, route chat (3.2 s)
               1  4712           3       634            2   1.0 MiB       2         0

        quarantined plugins
          bad  reject (its routes are refused) after 3 faults, 1m 0s ago

        faults (the last 2 of 7)
          #7  1m 0s ago  crash (SIGSEGV)  plugin bad 0.1 in access, route chat; quarantined for it
          #6  1m 40s ago  exit (code 3)  plugin bad 0.1 in log

        advice
          when bad is repaired, load it with 'torii reload' and end its quarantine with 'torii plugin reinstate bad'; 'torii rollback' brings back the libraries before
          worker 0 has done nothing else for 3.2 s: slow blocks it in access
          ai-proxy 1.1.0 broke the rules of the plugin interface 2 times: the log says which
          2 requests still on generation 2: its libraries stay until they end

        """)
  }

  @Test("with --verbose come the stacks, libraries, times and whole hashes")
  func verbose() throws {
    let run = try run(Self.full, "--verbose")
    #expect(run.out.contains("ai-proxy  1.1.0  abcdefabcdef0123456789  /lib/libai-proxy.so\n"))
    #expect(
      run.out.contains(
        """
            at 2026-09-21T14:12:20Z
              worker 1, pid 4700
              library /lib/libbad.so
              libbad.so(+0x1234)
              libtorii(+0x99)

        """))
  }

  @Test("with --json it is what the API answers")
  func json() throws {
    let run = try run(Self.full, "--json")
    #expect(try JSONNode(parsing: run.out) == JSONNode(parsing: Self.full))
    #expect(run.code == 0)
  }

  @Test("says by its exit code that the gateway is not ready, and why", arguments: [200, 503])
  func notReady(status: Int) throws {
    let run = try run(#"{"ready":false,"message":"no configuration is in service"}"#, status: status)
    #expect(run.code == 1)
    #expect(
      run.out == """
        not ready (no configuration is in service): 0 faults

        advice
          nothing is configured yet: apply a configuration ('torii gateway apply FILE')

        """)
    #expect(try self.run(#"{"ready":false}"#, "--json", status: status).code == 1)
  }

  @Test(
    "gets along with members that are missing or of another kind",
    arguments: [
      "{}", #"{"ready":true}"#, #"{"ready":true,"workers":{},"generations":3,"faults":"x","canary":[],"plugins":[]}"#,
      #"{"ready":true,"workers":[{}],"generations":[{}],"faults":[{}],"quarantines":[{}],"plugin_calls":[{"phases":[{}]}]}"#,
      #"{"ready":true,"workers":[null,1],"generations":[null],"faults":[null],"canary":{},"canary_history":[{}]}"#,
      #"{"ready":true,"fault_count":-1,"requests":1e300,"generations":[{"since":-5},{"since":1e99}]}"#,
    ])
  func sparse(body: String) throws {
    for flags in [[], ["-v"]] {
      let admin = try ScriptedAdmin([(200, body)])
      let run = OperateRun("status", flags, at: admin.address)
      #expect(run.code == (body == "{}" ? 1 : 0))
      #expect(run.error == "")
      #expect(run.out.hasPrefix(body == "{}" ? "not ready: " : "ready: "))
      #expect(OperateRun("top", ["--count", "2", "--plain"], at: admin.address).code == 0)
      #expect(OperateRun("canary", ["status"], at: admin.address).code == 0)
    }
  }

  @Test("nothing that comes from elsewhere reaches the terminal as a control sequence")
  func controlSequences() throws {
    let body = #"""
      {"ready":false,"message":"a\u001b]0;title\u0007b","quarantines":[{"name":"x\u001b[2J\ny"}],
       "faults":[{"number":1,"kind":"crash","plugin":"p\u009b","trace":["f\r\u001b[H"]}]}
      """#
    let run = try run(body, "-v")
    let controls = run.out.unicodeScalars.filter { ($0.value < 0x20 && $0 != "\n") || (0x7F..<0xA0).contains($0.value) }
    #expect(controls.isEmpty)
    #expect(run.out.contains("x\u{FFFD}[2J\u{FFFD}y"))
    let refused = try ScriptedAdmin([(409, #"{"message":"a\u001b[2Jb"}"#)])
    #expect(OperateRun("rollback", at: refused.address).error == "torii rollback: refused: a\u{FFFD}[2Jb\n")
  }

  @Test("a gateway that is not there is told with its address and what to do, wherever the address comes from")
  func unreachable() {
    let reason =
      "connect: Connection refused (111)\n  Is the gateway running ('torii run')? If its Admin API is elsewhere"
    let cases: [(String?, [String: String], String)] = [
      ("http://127.0.0.1:1", ["TORII_ADMIN_ADDR": "http://127.0.0.1:2"], "http://127.0.0.1:1"),
      (nil, ["TORII_ADMIN_ADDR": "127.0.0.1:2", "DECK_KONG_ADDR": "http://127.0.0.1:1"], "http://127.0.0.1:2"),
      (nil, ["TORII_ADMIN_ADDR": "", "DECK_KONG_ADDR": "http://127.0.0.1:1/base/"], "http://127.0.0.1:1/base"),
    ]
    for (flag, environment, address) in cases {
      let run = OperateRun("status", at: flag, environment: environment)
      #expect(run.code == 1)
      #expect(run.out == "")
      #expect(run.error.hasPrefix("torii status: GET \(address)/torii/status: \(reason)"))
    }
  }

  @Test("a server that is none of ours is told so")
  func stranger() throws {
    for (status, body) in [(404, #"{"message":"Not found"}"#), (200, "<html>"), (404, #"{"message":"Not Found"}"#)] {
      let run = try run(body, status: status)
      #expect(run.code == 1)
      #expect(run.error.contains("is no Admin API of torii"))
    }
  }

  @Test("colours stand only where the output is a terminal and nobody minds")
  func colours() throws {
    let admin = try ScriptedAdmin([(200, Self.full)])
    let escape = "\u{1B}["
    #expect(OperateRun("status", at: admin.address, isTerminal: true).out.contains(escape))
    #expect(!OperateRun("status", ["--no-color"], at: admin.address, isTerminal: true).out.contains(escape))
    #expect(
      !OperateRun("status", at: admin.address, environment: ["NO_COLOR": "1"], isTerminal: true).out.contains(escape))
  }
}
