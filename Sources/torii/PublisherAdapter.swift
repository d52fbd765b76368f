import Configuration
import Control
import Generations
import JSON

/// What the control plane asks of the generations.
final class PublisherAdapter: ConfigurationPublisher {
  private let publisher: GenerationPublisher
  private var facts: [String: PluginFacts] = [:]
  private var isReady = false

  init(_ publisher: GenerationPublisher) {
    self.publisher = publisher
  }

  var plugins: [String: PluginFacts] {
    for (name, description) in publisher.descriptions where facts[name]?.version != description.version {
      guard let schema = publisher.schemas[name] else { continue }
      facts[name] = PluginFacts(version: description.version, priority: description.priority, schema: schema)
    }
    return facts
  }

  func refreshPlugins(completion: @escaping () -> Void) {
    publisher.refreshAllPlugins()
    facts.removeAll()
    completion()
  }

  func publish(_ configuration: GatewayConfiguration, completion: @escaping (Result<Int, PublishFailure>) -> Void) {
    publisher.publish(configuration) { [self] result in
      switch result {
      case .success(let number):
        isReady = true
        completion(.success(number))
      case .failure(let failure):
        completion(.failure(PublishFailure(errors: failure.errors, message: failure.message)))
      }
    }
  }

  var status: JSONNode {
    var node = publisher.status
    node.set("ready", JSONNode(.boolean(isReady && publisher.isServing)))
    if !isReady {
      node.set("message", JSONNode(.string("no configuration is in service")))
    } else if !publisher.isServing {
      node.set("message", JSONNode(.string("no worker serves the configuration")))
    }
    return node
  }
}
