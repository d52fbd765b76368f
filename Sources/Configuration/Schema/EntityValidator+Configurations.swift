import JSON

extension ValidationRun {
  /// The configuration of a plugin instance, checked against the schema that its plugin declares.
  mutating func pluginConfiguration(_ given: JSONNode?, in plugin: JSONNode, path: ConfigurationPath) -> JSONNode {
    if let given, given.isNull {
      errors.append(.init("required field missing", at: path, location: given.location))
      return given
    }
    let configuration = given ?? JSONNode(.object([]), at: plugin.location)
    guard configuration.members != nil || configuration.isEmptyCollection else {
      errors.append(.init("expected a record", at: path, location: configuration.location))
      return configuration
    }
    guard let plugins = options.plugins, let nameNode = plugin["name"], let name = nameNode.string, !name.isEmpty else {
      return configuration
    }
    guard let schema = plugins[name] else {
      let known = plugins.keys.sorted()
      let folders =
        options.pluginFolders.isEmpty
        ? "" : "looked for lib\(name).so in \(options.pluginFolders.joined(separator: ", "))"
      let hint = [Suggestion.hint(for: name, among: known), folders.isEmpty ? nil : folders].compactMap { $0 }
      errors.append(
        .init(
          "plugin '\(name)' not enabled; add it to the 'plugins' configuration property",
          at: ConfigurationPath(Array(path.components.dropLast())).appending("name"), location: nameNode.location,
          hint: hint.isEmpty ? nil : hint.joined(separator: "; ")))
      return configuration
    }
    let (filled, found) = schema.validate(configuration, path: path, matches: options.regularExpressionMatches)
    errors += found
    return isPartial ? configuration : schema.complete(filled)
  }

  /// The configuration of a vault.
  mutating func vaultConfiguration(_ given: JSONNode?, in vault: JSONNode, path: ConfigurationPath) -> JSONNode {
    let fields = [FieldSchema.text("prefix")]
    guard let given, !given.isNull else {
      return record(JSONNode(.object([])), fields: fields, checks: [], path: path)
    }
    return record(given, fields: fields, checks: [], path: path)
  }
}
