import JSON
import Testing

@testable import Conformance

@Suite("Check list")
struct CheckListTests {
  @Test("numbers and names are unique, and every check that is built on is in the list")
  func names() {
    let checks = CheckList.all
    #expect(Set(checks.map(\.number)).count == checks.count)
    #expect(Set(checks.map(\.name)).count == checks.count)
    for check in checks {
      #expect((1...3).contains(check.level))
      for need in check.needs { #expect(checks.contains { $0.name == need }, "\(check.name) needs \(need)") }
    }
  }

  @Test("no check waits for itself, over however many others")
  func cycles() {
    var known: Set<String> = []
    var before = -1
    while known.count != before {
      before = known.count
      for check in CheckList.all where check.needs.allSatisfy({ known.contains($0) }) { known.insert(check.name) }
    }
    #expect(known.count == CheckList.all.count)
  }

  @Test("the numbers 1 to 66 of the specification are all there")
  func specification() {
    #expect(Set(CheckList.all.map(\.number)).isSuperset(of: Set(1...66)))
  }
}

@Suite("Opt-outs")
struct OptOutTests {
  @Test("a check is left out with its reason")
  func reason() throws {
    let optOuts = try OptOuts(Array(#"{"skip": {"lifecycle.workers": "one spool file"}}"#.utf8))
    #expect(optOuts.skip == ["lifecycle.workers": "one spool file"])
  }

  @Test(
    "no reason, no such check and no such key are refused",
    arguments: [
      #"{"skip": {"lifecycle.workers": ""}}"#, #"{"skip": {"lifecycle.workers": " "}}"#, #"{"skip": ["file.elf"]}"#,
      #"{"skip": {"no.such": "reason"}}"#, #"{"ignore": {}}"#, "[]", "{",
    ])
  func refused(text: String) {
    #expect(throws: OptOuts.Fault.self) { try OptOuts(Array(text.utf8)) }
  }
}

@Suite("Rules")
struct RuleTests {
  @Test(
    "semantic versions",
    arguments: [
      ("1.0.0", true), ("0.1.0-alpha.1+build.5", true), ("1.0.0-0a", true), ("1.0", false), ("01.0.0", false),
      ("1.0.0-01", false), ("1.0.0-", false), ("v1.0.0", false), ("1.0.0+", false), ("", false),
    ])
  func versions(text: String, isValid: Bool) { #expect(SemanticVersion.isValid(text) == isValid) }

  @Test("field names are tokens, values have no CR, LF or NUL")
  func fields() {
    #expect(FieldRules.isToken(Array("X-Name_1".utf8)))
    for name in ["", "a b", "a:", "ä", "a\r\nb"] { #expect(!FieldRules.isToken(Array(name.utf8))) }
    #expect(FieldRules.isValue([0xFF, 0x09, 0x20]))
    for byte in [UInt8(0), 10, 13] { #expect(!FieldRules.isValue([0x61, byte])) }
    #expect(FieldRules.isFraming(Array("Content-LENGTH".utf8)))
    #expect(!FieldRules.isFraming(Array("Content-Type".utf8)))
  }

  @Test("SHA-256 of FIPS 180-4's examples")
  func digests() {
    #expect(
      SHA256.hexadecimal(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256.hexadecimal([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hexadecimal([UInt8](repeating: 0x61, count: 1000))
        == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
  }

  @Test("the same seed gives the same numbers")
  func seeds() {
    var first = SplitMix(seed: 7), second = SplitMix(seed: 7), other = SplitMix(seed: 8)
    let numbers = (0..<8).map { _ in first.next() }
    #expect(numbers == (0..<8).map { _ in second.next() })
    #expect(numbers != (0..<8).map { _ in other.next() })
  }

  @Test("what is no ELF file is refused, however it is cut")
  func files() {
    #expect(throws: ELFFile.Fault.self) { try ELFFile(Array("#!/bin/sh".utf8)) }
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1]
    bytes += [UInt8](repeating: 0xFF, count: 200)
    for count in 0...bytes.count { #expect(throws: ELFFile.Fault.self) { try ELFFile(Array(bytes[..<count])) } }
  }
}

@Suite("Sample configurations")
struct SampleTests {
  private let schema = #"""
    {"type":"object","required":["mode","path"],"additionalProperties":false,"properties":{
     "mode":{"type":"string","enum":["one","two"]},"path":{"type":"string","pattern":"^/"},
     "count":{"type":"integer","default":3,"maximum":3},"deep":{"type":"object","default":{}}}}
    """#

  @Test("one is made from the schema that the schema takes")
  func made() throws {
    let sample = try SampleConfiguration(schema: schema, given: nil)
    #expect(sample.faults(sample.given).isEmpty)
    #expect(sample.given["mode"]?.string == "one")
    #expect(sample.given["path"]?.string?.hasPrefix("/") == true)
    #expect(sample.isClosed && sample.required == ["mode", "path"])
  }

  @Test("variants differ in one property, and are valid")
  func variants() throws {
    let sample = try SampleConfiguration(schema: schema, given: nil)
    #expect(sample.variants.contains { $0.name == "mode" && $0.configuration["mode"]?.string == "two" })
    for variant in sample.variants { #expect(sample.faults(variant.configuration).isEmpty) }
  }
}

@Suite("Reports")
struct ReportTests {
  private func result(_ verdict: Verdict, level: Int, _ name: String = "body.limit") -> CheckResult {
    CheckResult(
      number: 55, name: name, title: "a rule", level: level, verdict: verdict, message: "because <of> \"that\"\u{1}",
      backtrace: ["lib.so f+0x1"], lastCall: "headers.get", step: "access", seconds: 0.1234,
      reproduce: "torii plugin test x", output: "")
  }

  private func report(_ results: [CheckResult], requested: Int = 3, isFiltered: Bool = false) -> Report {
    Report(
      toolVersion: "0.1.0", abiVersion: "1.0", library: "x#y.so", libraryHash: "00", pluginName: "name",
      pluginVersion: "1.0.0", seed: 7, requestedLevel: requested, results: results, seconds: 1, isFiltered: isFiltered)
  }

  @Test(
    "a level is reached when nothing bad is in it or below",
    arguments: [
      (Verdict.passed, 2, 3), (.skipped, 1, 3), (.warning, 1, 3), (.failed, 3, 2), (.crashed, 2, 1), (.hung, 1, 0),
      (.blocked, 2, 1),
    ])
  func levels(verdict: Verdict, level: Int, reached: Int) {
    #expect(report([result(.passed, level: 1, "file.elf"), result(verdict, level: level)]).level == reached)
  }

  @Test("no level is stated when checks were left out")
  func filtered() { #expect(report([result(.passed, level: 1)], isFiltered: true).level == 0) }

  @Test("TAP has a plan, no stray directive, and diagnostics")
  func tap() {
    let text = TAPReport.text(report([result(.failed, level: 1), result(.skipped, level: 1)]))
    #expect(text.hasPrefix("TAP version 13\n1..2\n"))
    #expect(text.contains("not ok 1 - body.limit: a rule\n  ---\n"))
    #expect(text.contains("ok 2 - body.limit: a rule # SKIP because"))
    #expect(!text.contains("x#y"))
  }

  @Test("JUnit escapes what XML cannot hold")
  func junit() {
    let text = JUnitReport.text(report([result(.failed, level: 1)]))
    #expect(text.contains("because &lt;of&gt; &quot;that&quot;\u{FFFD}"))
    #expect(!text.unicodeScalars.contains("\u{1}"))
    #expect(text.contains("tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\""))
    #expect(text.contains("time=\"0.123\""))
  }

  @Test("a badge that is a picture escapes what XML cannot hold, and says incomplete when checks were left out")
  func picture() {
    var told = report([result(.passed, level: 2)])
    told.pluginName = "a<b>&\"\u{1}"
    let text = BadgeImage.text(told)
    #expect(text.contains("a&lt;b&gt;&amp;&quot; "))
    #expect(text.contains(">level 3 production</text>"))
    #expect(text.contains("fill=\"#4c1\""))
    told.isFiltered = true
    #expect(BadgeImage.text(told).contains(">incomplete</text>"))
  }

  @Test("JSON and badge are JSON, with versions, hash and level")
  func json() throws {
    let document = try JSONNode(parsing: JSONReport.text(report([result(.crashed, level: 2)])))
    #expect(document["level"]?.integer == 1)
    #expect(document["checks"]?[0]?["verdict"]?.string == "crashed")
    let badge = try JSONNode(parsing: JSONReport.badge(report([result(.passed, level: 2)])))
    #expect(badge["message"]?.string == "level 3 production")
    #expect(badge["torii"]?["abi_version"]?.string == "1.0")
  }
}
