import Configuration
import PluginHost
import Supervision

/// What a configuration asks of the plugins.
extension PluginCatalog {
  /// Finds the libraries of a configuration's plugins, and lets the plugins look at their configurations.
  ///
  /// - Parameter current: what is in service, and so need not be tried again.
  /// - Parameter looksAgain: a library that has gone or cannot be used any more is an error, though a copy is there.
  func libraries(
    of configuration: GatewayConfiguration, besides current: GenerationDocument?, looksAgain: Bool
  ) throws(ConfigurationErrors) -> [String: GenerationDocument.Library] {
    let names = Set(configuration.plugins.filter(\.enabled).map(\.name))
    refresh(named: names)
    if !looksAgain { takeCopies(names) }
    var libraries: [String: GenerationDocument.Library] = [:]
    var errors: [ConfigurationError] = []
    for (index, plugin) in configuration.plugins.enumerated() where plugin.enabled && libraries[plugin.name] == nil {
      let isGone = looksAgain && isGone(plugin.name)
      if let description = descriptions[plugin.name], !isGone {
        libraries[plugin.name] = description.library
      } else {
        errors.append(missing(plugin, index))
      }
    }
    if errors.isEmpty { errors = tried(configuration, libraries, besides: current) }
    guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    return libraries
  }

  /// A controller that is started again goes on with what the workers run, though a library has gone meanwhile, or another
  /// one that cannot be used lies in its place.
  private func takeCopies(_ names: Set<String>) {
    for name in names where descriptions[name] == nil {
      guard let copy = board?.library(named: name) else { continue }
      for var plugin in Inspector.ask(.init(libraries: [copy])).plugins where plugin.name == name {
        plugin.library = self.copy(at: copy) ?? plugin.library
        descriptions[name] = plugin
        log.write(.warn, "plugin \(name) is used as the workers have it: its library cannot be used any more")
      }
    }
  }

  private func missing(_ plugin: PluginEntity, _ index: Int) -> ConfigurationError {
    let path = ConfigurationPath([.key("plugins"), .index(index), .key("name")])
    if let library = searchPath.library(named: plugin.name), let entry = refused.first(where: { $0.path == library }) {
      return ConfigurationError("plugin '\(plugin.name)' cannot be used: \(entry.path): \(entry.reason)", at: path)
    }
    return ConfigurationError(
      "plugin '\(plugin.name)' not enabled; add it to the 'plugins' configuration property", at: path,
      hint:
        "lib\(plugin.name).so was looked for in \(searchPath.folders.joined(separator: ", ")): set plugin_path or TORII_PLUGIN_PATH"
    )
  }

  /// Lets each plugin look at its configurations, in a process of its own.
  private func tried(
    _ configuration: GatewayConfiguration, _ libraries: [String: GenerationDocument.Library],
    besides current: GenerationDocument?
  ) -> [ConfigurationError] {
    let resolved = VaultResolver(plugins: schemas).resolve(configuration).configuration
    var question = Inspector.Question(libraries: [])
    for plugin in resolved.plugins where plugin.enabled {
      guard let library = libraries[plugin.name] else { continue }
      // What is in service with the same configuration has been tried.
      if let current, current.libraries[plugin.name] == library,
        current.configuration.plugins.contains(where: { $0.id == plugin.id && $0.node == plugin.node })
      {
        continue
      }
      if !question.libraries.contains(library.path) { question.libraries.append(library.path) }
      question.instances.append((plugin, library.path))
    }
    guard !question.instances.isEmpty else { return [] }
    let answer = Inspector.ask(question)
    let refusals = answer.refused.map { path, reason in
      let name = libraries.first { $0.value.path == path }?.key ?? "?"
      let index = configuration.plugins.firstIndex { $0.name == name } ?? 0
      return ConfigurationError(
        "plugin '\(name)' cannot be used: \(source(of: path)): \(reason)",
        at: ConfigurationPath([.key("plugins"), .index(index), .key("config")]))
    }
    return refusals
      + answer.faults.map { fault in
        let index = configuration.plugins.firstIndex { $0.id == fault.id } ?? 0
        let name = configuration.plugins.indices.contains(index) ? configuration.plugins[index].name : "?"
        let keys = fault.pointer.split(separator: "/").map { ConfigurationPath.Component.key(String($0)) }
        return ConfigurationError(
          "plugin '\(name)': \(fault.message)",
          at: ConfigurationPath([.key("plugins"), .index(index), .key("config")] + keys))
      }
  }
}
