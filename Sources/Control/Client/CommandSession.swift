import Configuration
import EventLoop
import JSON

/// One run of a command: its flags, its console and its connection to the Admin API.
struct CommandSession {
  let options: CommandOptions
  let environment: [String: String]
  let console: CommandConsole
  let client: AdminClient

  init(_ options: CommandOptions, environment: [String: String], console: CommandConsole) throws(CommandFailure) {
    self.options = options
    self.environment = environment
    self.console = console
    if let workspace = options["workspace"], !workspace.isEmpty, workspace != "default" {
      throw CommandFailure("workspace '\(workspace)': there is only the one called default")
    }
    let url = try AdminURL(options["admin"] ?? options["kong-addr"] ?? "")
    guard let seconds = options["timeout"].flatMap({ Int32($0) }), (1...86_400).contains(seconds) else {
      throw CommandFailure("timeout: '\(options["timeout"] ?? "")' is no number of seconds")
    }
    client = AdminClient(try Self.settings(options, url: url, timeout: seconds * 1000, console))
  }

  /// How to reach an Admin API, by the flags of a connection.
  ///
  /// - Parameter timeout: In milliseconds, for each step.
  static func settings(
    _ options: CommandOptions, url: AdminURL, timeout: Int32, _ console: CommandConsole
  ) throws(CommandFailure) -> AdminClient.Settings {
    var settings = AdminClient.Settings(url: url)
    for header in options.all("headers") {
      guard let colon = header.firstIndex(of: ":"), colon != header.startIndex else {
        throw CommandFailure("header '\(header)': write it like name:value")
      }
      let value = header[header.index(after: colon)...].drop { $0 == " " }
      settings.headers.append((String(header[..<colon]), String(value)))
    }
    if let token = options["kong-admin-token"] { settings.headers.append(("Kong-Admin-Token", token)) }
    for (name, value) in settings.headers where (name + value).utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw CommandFailure("header '\(name)' holds a control character")
    }
    settings.timeout = timeout
    settings.tls.verify = !options.isSet("tls-skip-verify")
    settings.tls.caFile = options["ca-cert-file"]
    if let text = options["ca-cert"] { settings.tls.caCertificates = [text] }
    settings.serverName = options["tls-server-name"]
    func source(_ name: String) -> PEMSource? {
      options[name].map { .text($0) } ?? options["\(name)-file"].map { .file($0) }
    }
    if let chain = source("tls-client-cert"), let key = source("tls-client-key") {
      settings.tls.clientCertificate = TLSCertificate(chain: chain, key: key)
    }
    if (options["verbose"].flatMap { Int($0) } ?? 0) > 0 { settings.trace = console.error }
    return settings
  }

  /// Carries the command out; returns the exit code.
  func run(_ definition: CommandDefinition) throws(CommandFailure) -> Int32 {
    switch definition.name {
    case "ping": return try ping()
    case "dump": return try dump()
    case "validate": return try validate()
    case "reset": return try reset()
    default: return try reconcile(definition.name)
    }
  }

  // MARK: Parts that several commands need

  /// The files that the arguments name; nothing is the standard input.
  func files() throws(CommandFailure) -> [DeclarativeFile] {
    let paths = options.arguments.isEmpty ? ["-"] : options.arguments
    var files: [DeclarativeFile] = []
    var errors: [String] = []
    for path in paths {
      do throws(ConfigurationErrors) {
        if path == "-" {
          files.append(try DeclarativeFile(bytes: console.readAll(), name: "stdin", environment: environment))
        } else {
          files.append(try DeclarativeFile.load(path: path, environment: environment))
        }
      } catch {
        errors += error.errors.map(\.description)
      }
    }
    guard errors.isEmpty else { throw Self.unreadable(errors) }
    return files
  }

  static func unreadable(_ errors: [String]) -> CommandFailure {
    errors.count == 1 ? CommandFailure("reading file: \(errors[0])") : .several(errors)
  }

  /// The kinds of entity that flags leave out.
  var skipped: Set<EntityType> {
    var skipped: Set<EntityType> = []
    if options.isSet("skip-consumers") { skipped.formUnion([.consumers] + EntityKind.credentials) }
    if options.isSet("skip-ca-certificates") { skipped.insert(.caCertificates) }
    return skipped
  }

  /// A configuration without the kinds that flags leave out, and with `--select-tag` without entities that lack a tag.
  func selected(_ configuration: GatewayConfiguration, tags: [String]) -> GatewayConfiguration {
    var entities: [EntityType: [JSONNode]] = [:]
    for (type, nodes) in configuration.entities where !skipped.contains(type) {
      entities[type] = nodes.filter { node in
        let own = node["tags"]?.strings ?? []
        return tags.allSatisfy(own.contains)
      }
    }
    return GatewayConfiguration(entities: entities)
  }

  /// Asks whether to go on.
  func confirm(_ question: String) -> Bool {
    if options.isSet("yes") || options.isSet("force") { return true }
    console.out("\(question) ")
    return ["yes", "y"].contains(console.readLine()?.lowercased() ?? "")
  }

  private func ping() throws(CommandFailure) -> Int32 {
    let version = try GatewayState.version(client)
    console.out("Successfully connected to Kong!\nKong version:  \(version)\n")
    return 0
  }

  private func reset() throws(CommandFailure) -> Int32 {
    let question = "This will delete all configuration from Kong's database.\n> Are you sure?"
    guard confirm(question) else { return 0 }
    let state = try GatewayState.read(client)
    let plan = try ChangePlan(
      declared: DeclaredState(), current: state.configuration,
      deletable: selected(state.configuration, tags: options.all("select-tag")), defaults: SchemaDefaults(client))
    return try ChangeRun(session: self, isDry: false, secrets: []).carryOut(plan)
  }

  private func reconcile(_ verb: String) throws(CommandFailure) -> Int32 {
    let files = try files()
    let state = try GatewayState.read(client)
    let tags = options.all("select-tag") + Self.selectTags(files)
    let declared: DeclaredState
    do throws(ConfigurationErrors) {
      declared = try DeclaredState(files, current: state.configuration, selectTags: tags).without(skipped)
    } catch {
      throw Self.unreadable(error.errors.map(\.description))
    }
    let deletable = verb == "apply" ? GatewayConfiguration() : selected(state.configuration, tags: tags)
    let plan = try ChangePlan(
      declared: declared, current: state.configuration, deletable: deletable, defaults: SchemaDefaults(client))
    let run = ChangeRun(session: self, isDry: verb == "diff", secrets: maskedValues(files))
    let code = try run.carryOut(plan)
    return verb == "diff" && options.isSet("non-zero-exit-code") && !plan.changes.isEmpty ? 2 : code
  }

  private static func selectTags(_ files: [DeclarativeFile]) -> [String] {
    var tags: [String] = []
    for file in files {
      tags += (file.root["_info"]?["select_tags"]?.strings ?? []).filter { !tags.contains($0) }
    }
    return tags
  }

  /// What is not to be seen in differences: what files took from the environment.
  private func maskedValues(_ files: [DeclarativeFile]) -> [String] {
    options.isSet("no-mask-deck-env-vars-value") ? [] : files.flatMap(\.insertedValues)
  }
}
