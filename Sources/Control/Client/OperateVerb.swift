/// The verbs that look at a gateway and steer it: their flags and what `--help` says of them.
struct OperateVerb {
  let name: String
  /// What stands behind the name in the line that shows its use.
  let usage: String
  let description: String
  let options: [OptionDefinition]
  /// How many arguments it takes that are no flags.
  let operands: ClosedRange<Int>
  /// What these are.
  let operandNames: String
  /// Seconds to wait for an answer when no flag says it.
  let timeout: Int

  /// All of them.
  static let all = [status, reload, rollback, canary, reinstate, top]

  /// The flags of all verbs.
  static let common = [
    OptionDefinition("admin-addr", nil, .value(""), "where the Admin API is (default \(defaultAddress))"),
    OptionDefinition("timeout", nil, .value(""), "how long to wait for an answer, as 10s"),
    OptionDefinition("headers", nil, .list, "a field to send with every request, as name:value"),
    OptionDefinition("tls-skip-verify", nil, .flag, "do not verify the certificate of the Admin API"),
    OptionDefinition("tls-server-name", nil, .value(""), "the name that the certificate must be for"),
    OptionDefinition("ca-cert-file", nil, .value(""), "the file of the authority to trust"),
    OptionDefinition("tls-client-cert-file", nil, .value(""), "the file of the certificate to show"),
    OptionDefinition("tls-client-key-file", nil, .value(""), "the file of the key of that certificate"),
    OptionDefinition("no-color", nil, .flag, "do not colour the output"),
    OptionDefinition("help", "h", .flag, "this text"),
  ]

  static let defaultAddress = "http://127.0.0.1:8001"

  /// The variables of `torii gateway` that mean the same here.
  static let connectionVariables: Set = [
    "DECK_HEADERS", "DECK_TLS_SKIP_VERIFY", "DECK_TLS_SERVER_NAME", "DECK_CA_CERT_FILE", "DECK_TLS_CLIENT_CERT_FILE",
    "DECK_TLS_CLIENT_KEY_FILE", "DECK_NO_COLOR",
  ]

  static let status = OperateVerb(
    name: "status", usage: "[OPTIONS]",
    description: """
      Shows how the gateway is: its generations and the libraries they use, its workers and what they are doing, plugins
      that are out of service, the last faults, and what to do about them.
      Exit code 0 when the gateway is ready, 1 when it is not or cannot be reached.
      """,
    options: [
      OptionDefinition("json", nil, .flag, "write what the Admin API answers, for machines"),
      OptionDefinition("verbose", "v", .flag, "all faults that are kept, with the frames of their stacks"),
    ], operands: 0...0, operandNames: "", timeout: 10)

  static let reload = OperateVerb(
    name: "reload", usage: "[OPTIONS]",
    description: """
      Reads configuration and libraries again and puts them into service as a new generation, without closing a
      connection. What is wrong with them is told, and nothing changes then.

      With --canary or --canary-header the new generation takes a part of the new requests at first. When that goes well
      for --canary-duration it is promoted to all; when too much goes wrong it is rolled back.
      Exit code 0 when the new generation serves, 1 when it was refused or, with --wait, rolled back.
      """,
    options: [
      OptionDefinition("canary", nil, .value(""), "the share of new requests to try it with, as 5%"),
      OptionDefinition("canary-header", nil, .value(""), "requests that have it try the new one, as 'X-Canary: 1'"),
      OptionDefinition("canary-duration", nil, .value(""), "how long to try (default 60s)"),
      OptionDefinition("max-error-rate", nil, .value(""), "answers of 500 and above that are accepted (default 1%)"),
      OptionDefinition("max-faults", nil, .value(""), "crashes and hangs that are accepted (default 0)"),
      OptionDefinition("wait", nil, .flag, "wait for the end of the canary, and say how it went"),
    ], operands: 0...0, operandNames: "", timeout: 120)

  static let rollback = OperateVerb(
    name: "rollback", usage: "[GENERATION] [OPTIONS]",
    description: """
      Puts an earlier generation into service again, libraries included: the one before, or the one of this number.
      'torii status' lists them. It gets a number of its own.
      """, options: [], operands: 0...1, operandNames: "one number of a generation", timeout: 120)

  static let canary = OperateVerb(
    name: "canary", usage: "promote|abort|status [OPTIONS]",
    description: """
      A canary is a generation that takes a part of the new requests: see 'torii reload --help'.

        promote   gives it all requests now
        abort     takes it out of service; the generation before it serves everything
        status    shows how it is doing, and how those before it ended
      """,
    options: [OptionDefinition("json", nil, .flag, "with status: for machines")], operands: 1...1,
    operandNames: "one of promote, abort and status", timeout: 30)

  static let reinstate = OperateVerb(
    name: "plugin reinstate", usage: "NAME [OPTIONS]",
    description: """
      Puts a plugin into service again that was quarantined after too many faults; 'torii status' lists them. Its next
      faults count anew.
      """, options: [], operands: 1...1, operandNames: "the name of one plugin", timeout: 30)

  static let top = OperateVerb(
    name: "top", usage: "[OPTIONS]",
    description: """
      Watches the gateway: requests, connections, tokens and their cost, and plugins by the time spent in them. Rates are
      those since the poll before. TIME is of one core; P99 is the bound of the bucket that it lies in.
      q or Ctrl-C ends it.
      """,
    options: [
      OptionDefinition("interval", "i", .value("1s"), "how often to look, as 500ms or 2s"),
      OptionDefinition("count", "n", .value(""), "end after so many looks"),
      OptionDefinition("plain", nil, .flag, "write lines of name=value, as without a terminal"),
    ], operands: 0...0, operandNames: "", timeout: 3)

  /// What `--help` prints.
  var help: String {
    var text = "usage: torii \(name) \(usage)\n\n\(description)\n\n"
    text += Self.table(options + Self.common)
    return text + "\nTORII_ADMIN_ADDR in the environment is --admin-addr; without it, DECK_KONG_ADDR is.\n"
  }

  /// What is wrong with the arguments.
  func operandText(_ given: [String]) -> String {
    if operands.upperBound == 0 { return "unexpected '\(given.first ?? "")'" }
    return given.isEmpty ? "give \(operandNames)" : "unexpected '\(given.last ?? "")': it takes \(operandNames)"
  }

  private static func table(_ options: [OptionDefinition]) -> String {
    options.map { option in
      let short = option.letter.map { "-\($0), " } ?? "    "
      var name = "--\(option.name)"
      switch option.kind {
      case .flag: break
      case .value: name += " VALUE"
      case .list: name += " FIELD"
      }
      var text = "  \(short)\(TextTable.padded(name, to: 30))\(option.summary)"
      if case .value(let value) = option.kind, !value.isEmpty { text += " (default \(value))" }
      return text + "\n"
    }.joined()
  }
}
