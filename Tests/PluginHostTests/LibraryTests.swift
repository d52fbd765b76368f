import CToriiPlugin
import Glibc
import TestLibraries
import Testing

@testable import PluginHost

/// Compiles the described plugin.
func described(_ options: String..., file: String = #filePath) throws -> String {
  let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  return try TestLibrary.compile(folder + "/Fixtures/described.c", options, repository: TestLibrary.repository(file))
}

@Suite("A library is checked before anything of it is used")
struct LibraryTests {
  @Test(
    "each way to be wrong is refused with its reason",
    arguments: [
      ("-DSIZE=8", "8 bytes"), ("-DMAGIC=1", "magic"), ("-DMAJOR=2", "ABI major 2"), ("-DMIN_HOST=9", "needs ABI 1.9"),
      ("-DNAME=\"No\"", "its name 'No'"), ("-DNAME=\"\"", "its name"), ("-DNAME=NULL", "no name"),
      ("-DVERSION=\"\"", "its version ''"), ("-DVERSION=\"1.0\"", "Semantic Versioning"),
      ("-DVERSION=\"v1.0.0\"", "Semantic Versioning"), ("-DVERSION=\"1.0.01\"", "Semantic Versioning"),
      ("-DPHASES=256", "does not know"), ("-DPHASES=32", "lists the phase log"),
      ("-DPHASES=4", "request_body"), ("-DSTATE=65537", "65537 bytes"), ("-DMODE=4", "mode 4"),
      ("-DMODE=0xFFFFFFFF", "mode 4294967295"), ("-DCALLBACKS_SIZE=16", "smaller"), ("-DSTART=NULL", "lacks one"),
      ("-DCREATE=NULL", "lacks one"), ("-DNO_ENTRY", "no torii_plugin_entry"),
    ])
  func refused(option: String, reason: String) throws {
    let path = try described(option)
    let error = #expect(throws: PluginLibraryError.self) { try PluginLibrary(path: path) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("a file that is cut short or no library is refused")
  func truncated() throws {
    let path = try described()
    let code = unsafe truncate(path, 900)
    #expect(code == 0)
    #expect(throws: PluginLibraryError.self) { try PluginLibrary(path: path) }
    #expect(throws: PluginLibraryError.self) { try PluginLibrary(path: path + ".none") }
  }

  @Test(
    "a version is one of Semantic Versioning 2.0.0",
    arguments: [
      ("0.0.0", true), ("1.2.3", true), ("10.20.30-rc.1+build.05", true), ("1.0.0+a-b", true), ("1.0.0--", true),
      ("1.0.0-0a", true), ("1.0.0-0", true), ("", false), ("1", false), ("1.0", false), ("1.0.0.0", false),
      ("01.0.0", false), ("1.0.0-", false), ("1.0.0-01", false), ("1.0.0-a..b", false), ("1.0.0+", false),
      ("1.0.0-a_b", false), ("1.0.0 ", false), ("-1.0.0", false), ("1.0.0+a+b", false), ("1.x.0", false),
    ])
  func versions(text: String, isValid: Bool) { #expect(SemanticVersion.isValid(text) == isValid) }

  @Test("a library built for a later minor is served, and the log says what it does without")
  func newerMinor() throws {
    for (minor, lines) in [(1, 0), (9, 1)] {
      let runtime = PluginRuntime(version: "")
      var warnings: [String] = []
      runtime.logLine = { level, plugin, _, text in
        if level == TORII_LOG_WARN { warnings.append("\(plugin): \(text)") }
      }
      _ = try runtime.load(path: try described("-DMINOR=\(minor)"))
      runtime.shutdown()
      #expect(warnings.count == lines)
      #expect(warnings.allSatisfy { $0.hasPrefix("described: built for ABI 1.9, this gateway has 1.1") })
    }
  }

  @Test("what a plugin says when it refuses to start is passed on")
  func start() throws {
    let path = try described("-DSTART=refuse_start")
    let error = #expect(throws: PluginConfigurationError.self) { _ = try PluginRuntime(version: "").load(path: path) }
    #expect(error?.pointer == "/a/b")
    #expect(error?.message == "not today")
  }

  @Test(
    "each config_create that succeeded has its config_destroy, also when the host refuses what came of it; stop is last"
  )
  func pairs() throws {
    let runtime = PluginRuntime(version: "")
    var lines: [String] = []
    runtime.logLine = { _, _, _, text in lines.append(text) }
    func make(_ text: String) throws -> PluginInstance {
      try runtime.makeInstance(
        of: library, PluginInstanceSettings(configuration: Array(text.utf8), entityID: "e"))
    }
    let library = try runtime.load(path: try described())
    var kept: PluginInstance? = try make("{}")
    let refused = #expect(throws: PluginConfigurationError.self) { _ = try make(#"{"refuse":1}"#) }
    #expect(refused?.pointer == "/refuse")
    #expect(throws: PluginConfigurationError.self) { _ = try make(#"{"bad_mode":1}"#) }
    runtime.shutdown()
    #expect(lines.isEmpty, "an instance still lives")
    #expect(kept != nil)
    kept = nil
    #expect(lines == ["stopped: created 2 destroyed 2"])
  }

  @Test("a chain runs high priorities first, equal ones by name, descending; states do not overlap")
  func chain() throws {
    let runtime = PluginRuntime(version: "")
    var made = try [("a", 10), ("b", 10), ("c", 20), ("d", -1)].map { name, priority in
      try runtime.makeInstance(
        of: runtime.load(path: try described("-DNAME=\"\(name)\"", "-DPRIORITY=\(priority)")),
        PluginInstanceSettings(configuration: Array("{}".utf8), entityID: "e"))
    }
    do {
      let chain = PluginChain(made)
      #expect(chain.links.map(\.instance.library.name) == ["c", "b", "a", "d"])
      #expect(chain.links.map(\.stateOffset) == [0, 32, 64, 96])
      #expect(chain.link(of: made[0].id)?.position == 2)
      #expect(chain.link(of: 999) == nil)
    }
    made.removeAll()
    runtime.shutdown()
  }
}

@Suite("What plugins count")
struct MetricTests {
  @Test("names, kinds and values are checked")
  func metrics() {
    let metrics = PluginMetrics()
    #expect(metrics.define(kind: TORII_METRIC_COUNTER, plugin: "p", name: "a_1", help: "") == 1)
    #expect(metrics.define(kind: TORII_METRIC_COUNTER, plugin: "p", name: "a_1", help: "") == 1)
    #expect(metrics.define(kind: TORII_METRIC_GAUGE, plugin: "p", name: "a_1", help: "") == nil)
    for name in ["", "A", "1a", "a-b", "a b", String(repeating: "a", count: 64)] {
      #expect(metrics.define(kind: TORII_METRIC_GAUGE, plugin: "p", name: name, help: "") == nil)
    }
    #expect(metrics.record(1, 2) == TORII_OK)
    #expect(metrics.record(1, -1) == TORII_E_INVALID)
    #expect(metrics.record(1, .nan) == TORII_E_INVALID)
    #expect(metrics.record(0, 1) == TORII_E_NOT_FOUND)
    #expect(metrics.record(4, 1) == TORII_E_NOT_FOUND)
    #expect(metrics.all.map(\.value) == [2])
  }

  private func label(_ name: String, _ value: String = "v") -> PluginMetrics.Label { .init(name: name, value: value) }

  @Test("series with labels count apart, each once")
  func series() throws {
    let metrics = PluginMetrics()
    let id = try #require(metrics.define(kind: TORII_METRIC_COUNTER, plugin: "p", name: "a", help: "h"))
    let one = try metrics.series(of: id, labels: [label("x", "1"), label("y")]).get()
    let other = try metrics.series(of: id, labels: [label("x", "2"), label("y")]).get()
    #expect(try metrics.series(of: id, labels: [label("x", "1"), label("y")]).get() == one)
    for (series, value) in [(id, 1.0), (one, 2), (other, 3), (one, 4)] {
      #expect(metrics.record(series, value) == TORII_OK)
    }
    #expect(metrics.all.map(\.value) == [1, 6, 3])
    #expect(metrics.all.map(\.labels.count) == [0, 2, 2])
    #expect(metrics.define(kind: TORII_METRIC_COUNTER, plugin: "p", name: "a", help: "h") == id)
  }

  @Test("labels are checked")
  func labels() throws {
    let metrics = PluginMetrics()
    let id = try #require(metrics.define(kind: TORII_METRIC_COUNTER, plugin: "p", name: "a", help: ""))
    let series = try metrics.series(of: id, labels: [label("x")]).get()
    let long = String(repeating: "v", count: 257)
    let malformed = [
      [], [label("")], [label("X")], [label("le")], [label("x", long)], [label("x", "1"), label("x", "2")],
      (0..<17).map { label("x\($0)") },
    ]
    for labels in malformed {
      #expect(metrics.series(of: id, labels: labels) == .failure(.init(status: TORII_E_INVALID)))
    }
    #expect(metrics.series(of: series, labels: [label("y")]) == .failure(.init(status: TORII_E_INVALID)))
    #expect(metrics.series(of: 9, labels: [label("y")]) == .failure(.init(status: TORII_E_NOT_FOUND)))
    #expect(try metrics.series(of: id, labels: [label("x", String(long.dropLast()))]).get() > 0)
    for value in 2..<1024 { _ = try metrics.series(of: id, labels: [label("x", String(value))]).get() }
    #expect(metrics.series(of: id, labels: [label("x", "new")]) == .failure(.init(status: TORII_E_LIMIT)))
    #expect(try metrics.series(of: id, labels: [label("x")]).get() == series)
  }

  @Test("a histogram counts up to its bounds, which rise")
  func bounds() throws {
    let metrics = PluginMetrics()
    func define(_ name: String, _ bounds: [Double]) -> torii_metric_id? {
      metrics.define(kind: TORII_METRIC_HISTOGRAM, plugin: "p", name: name, help: "", bounds: bounds)
    }
    for bounds in [[], [1, 1], [2, 1], [.infinity], [.nan], (0..<65).map(Double.init)] {
      #expect(define("b", bounds) == nil)
    }
    let id = try #require(define("a", [1, 10, 100]))
    let series = try metrics.series(of: id, labels: [label("x")]).get()
    for value in [0.5, 1, 1.5, 100, 101] { #expect(metrics.record(series, value) == TORII_OK) }
    #expect(metrics.all[1].buckets == [2, 3, 4] && metrics.all[1].count == 5 && metrics.all[1].value == 204)
    #expect(metrics.all[0].buckets == [0, 0, 0] && metrics.all[0].count == 0)
  }
}
