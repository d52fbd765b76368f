import JSON

/// The report for machines, and the badge.
public enum JSONReport {
  /// The whole report as one JSON object.
  public static func text(_ report: Report) -> String {
    let results = report.results.map { result in
      JSONNode(
        .object([
          member("number", JSONNode(result.number)), member("name", JSONNode(result.name)),
          member("title", JSONNode(result.title)), member("level", JSONNode(result.level)),
          member("verdict", JSONNode(result.verdict.rawValue)), member("message", JSONNode(result.message)),
          member("while", JSONNode(result.step)), member("last_host_call", JSONNode(result.lastCall)),
          member("backtrace", JSONNode(result.backtrace.map { JSONNode($0) })),
          member("seconds", JSONNode(Double(Int(result.seconds * 1000)) / 1000)),
          member("reproduce", JSONNode(result.reproduce)), member("output", JSONNode(result.output)),
        ]))
    }
    let document = JSONNode(
      .object([
        member("schema_version", JSONNode(1)), member("tool", JSONNode("torii plugin test")),
        member("tool_version", JSONNode(report.toolVersion)), member("abi_version", JSONNode(report.abiVersion)),
        member("library", JSONNode(report.library)), member("library_sha256", JSONNode(report.libraryHash)),
        member("plugin", JSONNode(report.pluginName)), member("plugin_version", JSONNode(report.pluginVersion)),
        member("seed", JSONNode(report.seed)), member("requested_level", JSONNode(report.requestedLevel)),
        member("level", JSONNode(report.level)), member("filtered", JSONNode(report.isFiltered)),
        member("good", JSONNode(report.isGood)), member("seconds", JSONNode(Double(Int(report.seconds * 1000)) / 1000)),
        member("checks", JSONNode(results)),
      ]))
    return document.serializedString(pretty: true) + "\n"
  }

  /// A badge in the form of shields.io's endpoint, with what it stands for beside.
  public static func badge(_ report: Report) -> String {
    let badge = report.badge
    let document = JSONNode(
      .object([
        member("schemaVersion", JSONNode(1)), member("label", JSONNode(badge.label)),
        member("message", JSONNode(badge.message)), member("color", JSONNode(badge.colour.rawValue)),
        member(
          "torii",
          JSONNode(
            .object([
              member("tool_version", JSONNode(report.toolVersion)), member("abi_version", JSONNode(report.abiVersion)),
              member("plugin", JSONNode(report.pluginName)), member("plugin_version", JSONNode(report.pluginVersion)),
              member("library_sha256", JSONNode(report.libraryHash)), member("level", JSONNode(report.level)),
            ]))),
      ]))
    return document.serializedString(pretty: true) + "\n"
  }

  private static func member(_ name: String, _ value: JSONNode) -> JSONNode.Member { .init(name: name, value: value) }
}
