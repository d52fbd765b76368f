import Configuration
import Generations
import JSON

/// Where the configuration comes from.
struct ConfigurationSource {
  let file: String?
  let publisher: GenerationPublisher

  /// Reads the file, with the schemas of the plugins it names.
  func read() throws(ConfigurationErrors) -> GatewayConfiguration {
    guard let file else { return GatewayConfiguration() }
    let document = try DeclarativeFile.load(path: file)
    publisher.catalog.refresh(named: PluginNames.of(document.root))
    return try GatewayConfiguration(declarative: [document], options: ValidationChecks.options(publisher))
  }
}

/// The plugins that a declarative tree names, wherever they are nested.
enum PluginNames {
  static func of(_ node: JSONNode, depth: Int = 0) -> Set<String> {
    guard depth < 8 else { return [] }
    var names: Set<String> = []
    if let elements = node.array {
      for element in elements { names.formUnion(of(element, depth: depth + 1)) }
    }
    for member in node.members ?? [] {
      if member.name == "plugins" {
        for plugin in member.value.array ?? [] {
          if let name = plugin["name"]?.string { names.insert(name) }
        }
      }
      names.formUnion(of(member.value, depth: depth + 1))
    }
    return names
  }
}
