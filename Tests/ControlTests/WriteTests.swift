import Configuration
import JSON
import Testing

@testable import Control

@Suite("Writes")
struct WriteTests {
  @Test("are answered when their configuration is current and stored, not before")
  func order() throws {
    let bench = try AdminBench()
    bench.publisher.isHeld = true
    var status: Int?
    bench.send("POST", "/services", #"{"name": "a", "host": "h"}"#) { status = $0.status }
    #expect(status == nil)
    #expect(bench.files.current["/state/configuration.json"] == nil)
    bench.publisher.finish()
    #expect(status == 201)
    #expect(bench.files.durable["/state/configuration.json"] != nil)
  }

  @Test("that are refused by the publisher change nothing and say why")
  func refusal() throws {
    let bench = try AdminBench()
    bench.publisher.refusal = { configuration in
      guard configuration.plugins.isEmpty else {
        let path = ConfigurationPath([.key("plugins"), .index(0), .key("config"), .key("path")])
        return PublishFailure(errors: [ConfigurationError("is a folder", at: path)], message: "file-log refused")
      }
      return configuration.services.isEmpty ? nil : PublishFailure(message: "worker 1 did not answer")
    }
    let plain = try bench.call("POST", "/services", #"{"name": "a", "host": "h"}"#)
    #expect(plain.status == 400)
    #expect(plain.node["message"] == "worker 1 did not answer")
    let detailed = try bench.call("POST", "/plugins", #"{"name": "file-log", "config": {"path": "/"}}"#)
    #expect(detailed.status == 400)
    #expect(detailed.node["message"] == "schema violation (config.path: is a folder)")
    #expect(bench.controller.configuration == GatewayConfiguration())
    #expect(bench.files.current["/state/configuration.json"] == nil)
  }

  @Test("that come while another is being published are published together, in their order")
  func batches() throws {
    let bench = try AdminBench()
    bench.publisher.isHeld = true
    var answers: [String] = []
    for name in ["a", "b", "a", "c"] {
      bench.send("POST", "/services", #"{"name": "\#(name)", "host": "h"}"#) { answers.append("\(name) \($0.status)") }
    }
    bench.publisher.finish()
    // The second and fourth wait for one publication; the third is known to be bad and waits for none.
    #expect(bench.publisher.waitingCount == 1)
    bench.publisher.finish()
    #expect(Set(answers) == ["a 201", "a 409", "b 201", "c 201"])
    #expect(bench.publisher.published.last?.services.map(\.name) == ["a", "b", "c"])
    #expect(bench.publisher.published.count == 3)
  }

  @Test("that come in the same turn of the loop are published together")
  func turns() throws {
    let bench = try AdminBench()
    let before = bench.publisher.published.count
    var statuses: [Int] = []
    for name in ["a", "b", "c"] {
      bench.send("POST", "/services", #"{"name": "\#(name)", "host": "h"}"#, runsTurn: false) {
        statuses.append($0.status)
      }
    }
    #expect(statuses.isEmpty)
    bench.turn()
    #expect(statuses == [201, 201, 201])
    #expect(bench.publisher.published.count == before + 1)
  }

  @Test("that were published together and refused are tried one by one: only the bad one fails")
  func attribution() throws {
    let bench = try AdminBench()
    bench.publisher.refusal = { configuration in
      configuration.services.contains { $0.name == "bad" } ? PublishFailure(message: "bad") : nil
    }
    bench.publisher.isHeld = true
    var answers: [String: Int] = [:]
    for name in ["first", "good", "bad", "fine"] {
      bench.send("POST", "/services", #"{"name": "\#(name)", "host": "h"}"#) { answers[name] = $0.status }
    }
    for _ in 0..<10 where bench.publisher.waitingCount > 0 { bench.publisher.finish() }
    #expect(answers == ["first": 201, "good": 201, "bad": 400, "fine": 201])
    #expect(bench.controller.configuration.services.map(\.name) == ["first", "good", "fine"])
  }

  @Test("that cannot be stored are taken back")
  func storeFailure() throws {
    let bench = try AdminBench()
    try bench.call("POST", "/services", #"{"name": "a", "host": "h"}"#)
    bench.files.failBefore = bench.files.steps + 2
    let answer = try bench.call("POST", "/services", #"{"name": "b", "host": "h"}"#)
    #expect(answer.status == 500)
    #expect(answer.node["message"]?.string?.contains("No space left on device") == true)
    #expect(bench.controller.configuration.services.map(\.name) == ["a"])
    #expect(bench.publisher.published.last?.services.map(\.name) == ["a"])
  }

  @Test("that change nothing are not published")
  func nothing() throws {
    let bench = try AdminBench()
    let count = bench.publisher.published.count
    #expect(try bench.call("DELETE", "/services/none").status == 204)
    #expect(bench.publisher.published.count == count)
  }

  @Test("that name a plugin installed since the last look find it; one that is not there is looked for once")
  func refresh() throws {
    let bench = try AdminBench()
    bench.publisher.installed = ["late": try FakePublisher.fileLog()]
    let body = #"{"name": "late", "config": {"path": "/a"}}"#
    #expect(try bench.call("POST", "/plugins", body).status == 201)
    #expect(bench.publisher.refreshes == 1)
    let answer = try bench.call("POST", "/plugins", #"{"name": "never"}"#)
    #expect(answer.status == 400)
    #expect(
      answer.node["fields"]?["name"] == "plugin 'never' not enabled; add it to the 'plugins' configuration property")
    #expect(bench.publisher.refreshes == 2)
    #expect(try bench.call("GET", "/schemas/plugins/never").status == 404)
  }

  @Test("survive a restart; a damaged store keeps the controller from starting with nothing")
  func restart() throws {
    let files = MemoryFiles()
    try AdminBench(files: files).call("POST", "/services", #"{"name": "a", "host": "h"}"#)
    let second = try AdminBench(files: files)
    #expect(second.controller.configuration.services.map(\.name) == ["a"])
    files.current["/state/configuration.json"] = Array("{".utf8)
    let third = try AdminBench(files: files)
    #expect(third.publisher.published.isEmpty)
  }

  @Test("POST /config replaces everything, GET /config gives it back in the same form")
  func wholeConfiguration() throws {
    let bench = try AdminBench()
    try bench.call("POST", "/services", #"{"name": "old", "host": "h"}"#)
    let yaml = """
      _format_version: "3.0"
      services:
      - name: y
        url: http://y.test
        routes:
        - name: yr
          paths: [/y]
      """
    let answer = try bench.call("POST", "/config", yaml, type: "text/yaml")
    #expect(answer.status == 201)
    #expect(answer.node["services"]?["06348d58-d45b-53fc-8ac6-baf123e2ac2d"]?["host"] == "y.test")
    #expect(bench.controller.configuration.services.map(\.name) == ["y"])
    let text = try #require(try bench.call("GET", "/config").node["config"]?.string)
    let again = try bench.call("POST", "/config", text, type: "text/yaml")
    #expect(again.status == 201)
    #expect(again.node["routes"]?.members?.count == 1)
    let bad = try bench.call(
      "POST", "/config?flatten_errors=1", #"{"_format_version": "3.0", "services": [{"name": "a"}]}"#)
    #expect(bad.status == 400)
    #expect(bad.node["code"] == 14)
    #expect(bad.node["flattened_errors"]?[0]?["entity_name"] == "a")
    #expect(bench.controller.configuration.services.map(\.name) == ["y"])
  }
}
