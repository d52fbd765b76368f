import JSON

/// Keeps secrets out of what is printed.
public enum SecretMask {
  /// What stands in place of a secret.
  public static let text = "[masked]"

  /// A text in which secret values are masked; values shorter than four bytes are left, they would mask half the text.
  public static func mask(_ text: String, values: [String]) -> String {
    var result = text
    // Longer ones first: a secret may be part of another.
    for value in values.sorted(by: { $0.utf8.count > $1.utf8.count }) where value.utf8.count >= 4 {
      guard var range = result[...].range(ofText: value) else { continue }
      while true {
        result.replaceSubrange(range, with: Self.text)
        guard let next = result[...].range(ofText: value), !Self.text.contains(text: value) else { break }
        range = next
      }
    }
    return result
  }

  static func mask(_ errors: [ConfigurationError], values: [String]) -> [ConfigurationError] {
    guard !values.isEmpty else { return errors }
    return errors.map { error in
      var error = error
      error.message = mask(error.message, values: values)
      error.hint = error.hint.map { mask($0, values: values) }
      return error
    }
  }

  /// An entity in which secret values are masked; vault references are no secrets and stay.
  ///
  /// - Parameter plugins: The schemas that say what is secret in the configurations of plugins.
  public static func masked(_ node: JSONNode, _ type: EntityType, plugins: [String: PluginSchema] = [:]) -> JSONNode {
    var result = node
    for path in secretPaths(of: node, type, plugins: plugins) {
      result = replace(path.components[...], in: result) { value in
        if let text = value.string, VaultReference.isReference(text) { return value }
        return JSONNode(.string(text))
      }
    }
    return result
  }

  /// The paths of the secret values of an entity.
  public static func secretPaths(of node: JSONNode, _ type: EntityType, plugins: [String: PluginSchema] = [:])
    -> [ConfigurationPath]
  {
    var paths: [ConfigurationPath] = []
    func walk(_ fields: [FieldSchema], _ node: JSONNode, _ path: ConfigurationPath) {
      for field in fields {
        guard let value = node.present(field.name) else { continue }
        if field.isSecret { paths.append(path.appending(field.name)) }
        if case .record(let inner, _) = field.kind { walk(inner, value, path.appending(field.name)) }
      }
    }
    walk(type.schema.fields, node, ConfigurationPath())
    if type == .plugins, let name = node.text("name"), let schema = plugins[name], let configuration = node["config"] {
      let prefix = ConfigurationPath([.key("config")])
      paths += schema.secretPaths(of: configuration).map { prefix.appending($0) }
    }
    return paths
  }

  /// A node in which the value at a path is replaced.
  static func replace(
    _ path: ArraySlice<ConfigurationPath.Component>, in node: JSONNode, by change: (JSONNode) -> JSONNode
  ) -> JSONNode {
    guard let step = path.first else { return change(node) }
    var node = node
    switch (step, node.content) {
    case (.key(let name), .object):
      if let value = node[name] { node.set(name, replace(path.dropFirst(), in: value, by: change)) }
    case (.index(let index), .array(var elements)) where elements.indices.contains(index):
      elements[index] = replace(path.dropFirst(), in: elements[index], by: change)
      node.content = .array(elements)
    default: break
    }
    return node
  }
}
