/// The verbs of `torii gateway`: their flags and what `--help` says of them.
struct CommandDefinition {
  let name: String
  /// What stands behind the name in the line that shows its use.
  let usage: String
  let summary: String
  let description: String
  let options: [OptionDefinition]

  /// The verbs, in the order of the help.
  static let all = [apply, diff, dump, ping, reset, sync, validate]

  private static let workspace = OptionDefinition(
    "workspace", "w", .value(""), "The workspace; there is only the one called default.")
  private static let json = OptionDefinition("json-output", nil, .flag, "Write what was done as JSON.")
  private static let skipConsumers = OptionDefinition(
    "skip-consumers", nil, .flag, "Leave consumers and what belongs to them alone.")
  private static let selectTag = OptionDefinition(
    "select-tag", nil, .list, "Only entities with this tag; may be given several times.")
  private static let skipAuthorities = OptionDefinition(
    "skip-ca-certificates", nil, .flag, "Leave certificates of authorities alone.")
  private static let noMask = OptionDefinition(
    "no-mask-deck-env-vars-value", nil, .flag,
    "Show values of DECK_ variables in differences; what schemas call secret stays masked.")
  private static let yes = OptionDefinition("yes", nil, .flag, "Assume yes to all questions.")
  private static let parallelism = OptionDefinition(
    "parallelism", nil, .value("10"), "How many calls are made side by side.")
  /// Flags of decK that mean nothing here: they are accepted, so that scripts need no change.
  private static let ignored = [
    OptionDefinition("skip-hash-for-basic-auth", nil, .flag, "Accepted for decK's sake."),
    OptionDefinition("silence-events", nil, .flag, "Do not print each change."),
    OptionDefinition("db-update-propagation-delay", nil, .value("0"), "Accepted for decK's sake."),
    OptionDefinition("include-plugin-definitions", nil, .flag, "Accepted for decK's sake."),
    OptionDefinition("rbac-resources-only", nil, .flag, "Accepted for decK's sake; there are none."),
    OptionDefinition("warnings-as-errors", "E", .flag, "Accepted for decK's sake."),
    OptionDefinition("errors-as-warnings", "W", .flag, "Accepted for decK's sake."),
    OptionDefinition("consumer-group-policy-overrides", nil, .flag, "Accepted for decK's sake."),
    OptionDefinition("skip-consumers-with-consumer-groups", nil, .flag, "Accepted for decK's sake."),
  ]

  /// The flags of all verbs.
  static let common = [
    OptionDefinition("kong-addr", nil, .value("http://localhost:8001"), "The address of the Admin API."),
    OptionDefinition("admin", nil, .value(""), "The same, by another name."),
    OptionDefinition("headers", nil, .list, "A field to send with every request, as name:value."),
    OptionDefinition("kong-admin-token", nil, .value(""), "The value of the field Kong-Admin-Token."),
    OptionDefinition("timeout", nil, .value("10"), "How many seconds to wait for an answer."),
    OptionDefinition("tls-skip-verify", nil, .flag, "Do not verify the certificate of the Admin API."),
    OptionDefinition("tls-server-name", nil, .value(""), "The name that the certificate must be for."),
    OptionDefinition("ca-cert", nil, .value(""), "The authority to trust, in PEM."),
    OptionDefinition("ca-cert-file", nil, .value(""), "The file of the authority to trust."),
    OptionDefinition("tls-client-cert", nil, .value(""), "The certificate to show, in PEM."),
    OptionDefinition("tls-client-cert-file", nil, .value(""), "The file of the certificate to show."),
    OptionDefinition("tls-client-key", nil, .value(""), "The key of that certificate, in PEM."),
    OptionDefinition("tls-client-key-file", nil, .value(""), "The file of the key of that certificate."),
    OptionDefinition("verbose", nil, .value("0"), "1: print each call and its answer."),
    OptionDefinition("no-color", nil, .flag, "Do not colour the output."),
    OptionDefinition("analytics", nil, .value("true"), "Accepted for decK's sake; nothing is sent to anybody."),
    OptionDefinition("config", nil, .value(""), "Accepted for decK's sake."),
    OptionDefinition("skip-workspace-crud", nil, .flag, "Accepted for decK's sake."),
    OptionDefinition("kong-cookie-jar-path", nil, .value(""), "Accepted for decK's sake."),
    OptionDefinition("help", "h", .flag, "Show this text."),
  ]

  static let apply = CommandDefinition(
    name: "apply", usage: "[flags] [file…]", summary: "Add and change what files declare; remove nothing.",
    description: """
      Reads declarative files (YAML or JSON; - or nothing: the standard input) and brings the gateway to have what they
      declare. What they do not mention stays. Values can be taken from the environment: ${{ env "DECK_NAME" }}.
      """, options: [workspace, json, parallelism, noMask] + ignored)

  static let sync = CommandDefinition(
    name: "sync", usage: "[flags] [file…]", summary: "Make the gateway have exactly what files declare.",
    description: """
      As apply, and removes what the files do not mention. With --select-tag only entities with these tags are looked at,
      and declared ones get them.
      """,
    options: [workspace, json, parallelism, skipConsumers, selectTag, skipAuthorities, noMask, yes] + ignored)

  static let diff = CommandDefinition(
    name: "diff", usage: "[flags] [file…]", summary: "Show what sync would do, and do nothing.",
    description: "Compares the gateway with declarative files.",
    options: [
      workspace, json, parallelism, skipConsumers, selectTag, skipAuthorities, noMask, yes,
      OptionDefinition("non-zero-exit-code", nil, .flag, "Exit with 2 when there is a difference."),
    ] + ignored)

  static let dump = CommandDefinition(
    name: "dump", usage: "[flags]", summary: "Write what the gateway has to a declarative file.",
    description: "Secrets stand in the file as they are.",
    options: [
      OptionDefinition("output-file", "o", .value("kong.yaml"), "The file; - is the standard output."),
      OptionDefinition("format", nil, .value("yaml"), "yaml or json."),
      OptionDefinition("with-id", nil, .flag, "Write the ids of all entities."),
      OptionDefinition("skip-defaults", nil, .flag, "Leave out values that are defaults."),
      OptionDefinition("all-workspaces", nil, .flag, "Accepted for decK's sake; there is one."),
      OptionDefinition("sanitize", nil, .flag, "Mask secrets."),
      workspace, skipConsumers, selectTag, skipAuthorities, yes,
    ] + ignored)

  static let reset = CommandDefinition(
    name: "reset", usage: "[flags]", summary: "Remove everything that the gateway has.",
    description: "Asks before it does.",
    options: [
      OptionDefinition("force", "f", .flag, "Do not ask."),
      OptionDefinition("all-workspaces", nil, .flag, "Accepted for decK's sake; there is one."),
      OptionDefinition("skip-plugin-definitions", nil, .flag, "Accepted for decK's sake."),
      workspace, json, skipConsumers, selectTag, skipAuthorities,
    ] + ignored)

  static let validate = CommandDefinition(
    name: "validate", usage: "[flags] [file…]", summary: "Have the gateway check what files declare; change nothing.",
    description: "Each entity is checked by itself, against the schemas and plugins that the gateway has.",
    options: [
      workspace, json, parallelism,
      OptionDefinition("online-entities-list", nil, .list, "Only these kinds, such as Services,Plugins."),
      OptionDefinition("konnect-compatibility", nil, .flag, "Accepted for decK's sake."),
    ] + ignored)

  static let ping = CommandDefinition(
    name: "ping", usage: "[flags]", summary: "Ask whether the gateway is there, and for its version.",
    description: "Says nothing of whether it serves requests: see torii status.", options: [workspace])

  /// What `--help` prints.
  var help: String {
    var text = "\(summary)\n\n\(description)\n\nUsage:\n  torii gateway \(name) \(usage)\n\nFlags:\n"
    text += Self.table(options) + "\nFlags of all commands:\n" + Self.table(Self.common)
    return text
      + "\nEvery flag can be set in the environment: DECK_ and its name in capitals, with _ for -.\n"
  }

  /// What `torii gateway --help` prints.
  static var overview: String {
    var text = "Read and change the configuration of a running gateway over its Admin API.\n\n"
    text += "Usage:\n  torii gateway <command> [flags]\n\nCommands:\n"
    for command in all { text += "  \(command.name.padded(to: 10))\(command.summary)\n" }
    return text + "\nThe commands, their flags and their output are those of decK (deck gateway …).\n"
      + "torii gateway <command> --help says more of each.\n"
  }

  private static func table(_ options: [OptionDefinition]) -> String {
    options.map { option in
      let short = option.letter.map { "-\($0), " } ?? "    "
      var text = "  \(short)\("--\(option.name)".padded(to: 38))\(option.summary)"
      if case .value(let value) = option.kind, !value.isEmpty { text += " (default: \(value))" }
      return text + "\n"
    }.joined()
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
