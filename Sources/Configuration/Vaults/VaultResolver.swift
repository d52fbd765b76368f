import JSON

/// Replaces vault references by the secrets they name: the copy of a configuration that a worker runs with.
public struct VaultResolver: Sendable {
  /// What came of a configuration.
  public struct Resolution: Sendable {
    /// The configuration with its secrets; it must not be printed.
    public let configuration: GatewayConfiguration
    /// All secrets in it, those written as they are included: what no log may show.
    public let secrets: [String]
    /// References that lead nowhere; their fields are empty, as in Kong.
    public let warnings: [ConfigurationError]
  }

  private let environment: [String: String]
  private let plugins: [String: PluginSchema]

  /// Makes a resolver.
  ///
  /// - Parameters:
  ///   - environment: The variables of the vault `env`.
  ///   - plugins: The schemas that say which fields of plugins may be references; of a plugin that is not among them all strings may.
  public init(
    environment: [String: String] = ProcessEnvironment.variables(), plugins: [String: PluginSchema] = [:]
  ) {
    self.environment = environment
    self.plugins = plugins
  }

  /// Resolves all references of a configuration.
  public func resolve(_ configuration: GatewayConfiguration) -> Resolution {
    var secrets = Set<String>()
    var warnings: [ConfigurationError] = []
    var entities: [EntityType: [JSONNode]] = [:]
    for (type, nodes) in configuration.entities {
      entities[type] = nodes.enumerated().map { index, node in
        var node = node
        let path = ConfigurationPath([.key(type.rawValue), .index(index)])
        for secret in SecretMask.secretPaths(of: node, type, plugins: plugins) {
          if let text = node.node(at: secret.components)?.string, !VaultReference.isReference(text) {
            secrets.insert(text)
          }
        }
        for place in referenceable(node, type) {
          guard let text = node.node(at: place.components)?.string, let reference = VaultReference(parsing: text) else {
            continue
          }
          let value: String
          switch self.value(of: reference, configuration.vaults) {
          case .success(let found):
            value = found
            secrets.insert(found)
          case .failure(let fault):
            value = ""
            warnings.append(
              .init(
                "could not resolve reference \(text): \(fault.reason)", at: path.appending(place),
                hint: "the value is empty until it can be"))
          }
          node = SecretMask.replace(place.components[...], in: node) { JSONNode(.string(value), at: $0.location) }
        }
        return node
      }
    }
    secrets.remove("")
    return Resolution(
      configuration: GatewayConfiguration(entities: entities), secrets: secrets.sorted(), warnings: warnings)
  }

  /// Why a reference leads nowhere; never tells a value.
  struct Fault: Error, Equatable {
    let reason: String
  }

  /// The secret that a reference names.
  func value(of reference: VaultReference, _ vaults: [Vault]) -> Result<String, Fault> {
    var prefix = reference.options["prefix"] ?? ""
    if reference.vault != "env" {
      guard let vault = vaults.first(where: { $0.prefix == reference.vault }), vault.name == "env" else {
        return .failure(Fault(reason: "there is no vault '\(reference.vault)'"))
      }
      prefix = vault.config.text("prefix") ?? prefix
    }
    let variable = String((prefix + reference.resource).map { $0 == "-" ? "_" : $0 }).uppercased()
    guard let value = environment[variable] else {
      return .failure(Fault(reason: "the environment variable \(variable) is not set"))
    }
    guard let key = reference.key else { return .success(value) }
    guard let object = try? JSONNode(parsing: value), object.members != nil else {
      return .failure(Fault(reason: "the environment variable \(variable) is not JSON"))
    }
    guard let member = object.present(key) else {
      return .failure(Fault(reason: "the environment variable \(variable) has no member '\(key)'"))
    }
    return .success(member.string ?? member.serializedString())
  }

  private func referenceable(_ node: JSONNode, _ type: EntityType) -> [ConfigurationPath] {
    if type == .plugins, let configuration = node["config"] {
      let prefix = ConfigurationPath([.key("config")])
      let paths = node.text("name").flatMap { plugins[$0] }?.referenceablePaths(of: configuration)
      return (paths ?? Self.strings(configuration)).map { prefix.appending($0) }
    }
    var paths: [ConfigurationPath] = []
    func walk(_ fields: [FieldSchema], _ node: JSONNode, _ path: ConfigurationPath) {
      for field in fields {
        guard let value = node.present(field.name) else { continue }
        if field.isReferenceable { paths.append(path.appending(field.name)) }
        if case .record(let inner, _) = field.kind { walk(inner, value, path.appending(field.name)) }
      }
    }
    walk(type.schema.fields, node, ConfigurationPath())
    return paths
  }

  /// The paths of all strings of a node.
  private static func strings(_ node: JSONNode, _ path: ConfigurationPath = ConfigurationPath()) -> [ConfigurationPath]
  {
    switch node.content {
    case .string: [path]
    case .array(let elements):
      elements.enumerated().flatMap { strings($0.element, path.appending($0.offset)) }
    case .object(let members): members.flatMap { strings($0.value, path.appending($0.name)) }
    default: []
    }
  }
}
