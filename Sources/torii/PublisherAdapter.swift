import Configuration
import Control
import Generations
import JSON
import Proxy

/// What the control plane asks of the generations.
final class PublisherAdapter: ConfigurationPublisher {
  private let publisher: GenerationPublisher
  private var facts: [String: PluginFacts] = [:]
  private var isReady = false

  init(_ publisher: GenerationPublisher) {
    self.publisher = publisher
  }

  var plugins: [String: PluginFacts] {
    for (name, description) in publisher.catalog.descriptions where facts[name]?.version != description.version {
      guard let schema = publisher.catalog.schemas[name] else { continue }
      facts[name] = PluginFacts(version: description.version, priority: description.priority, schema: schema)
    }
    return facts
  }

  func refreshPlugins(completion: @escaping () -> Void) {
    publisher.catalog.refreshAll()
    facts.removeAll()
    completion()
  }

  var onCanaryEnd: ((Bool) -> Void)? {
    didSet { publisher.onCanaryEnd = { [weak self] in self?.onCanaryEnd?($0) } }
  }

  func publish(_ configuration: GatewayConfiguration, completion: @escaping (Result<Int, PublishFailure>) -> Void) {
    publish(configuration, PublishOptions(), completion: completion)
  }

  func earlierGeneration(_ number: Int?) -> (number: Int, configuration: GatewayConfiguration)? {
    publisher.earlierGeneration(number).map { ($0.number, $0.configuration) }
  }

  func endCanary(promote: Bool) -> Int? { publisher.endCanary(promote: promote, "the operator said so") }

  func reinstate(_ plugin: String) -> Bool { publisher.reinstate(plugin) }

  func publish(
    _ configuration: GatewayConfiguration, _ options: PublishOptions,
    completion: @escaping (Result<Int, PublishFailure>) -> Void
  ) {
    var given = GenerationOptions()
    given.isReload = options.isForced
    given.libraries = options.librariesOf.flatMap { publisher.earlierGeneration($0)?.libraries }
    given.canary = options.canary.map { canary in
      .init(
        share: CanaryShare(
          perTenThousand: canary.perTenThousand,
          header: canary.header.map { (Array($0.name.lowercased().utf8), Array($0.value.utf8)) }),
        duration: canary.duration, maximumErrorRate: canary.maximumErrorRate, maximumFaults: canary.maximumFaults)
    }
    publisher.publish(configuration, given) { [self] result in
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
    // Workers go on serving when the controller is started again: it is ready before it knows what they serve.
    node.set("ready", JSONNode(.boolean(publisher.isServing)))
    node.set("recovering", JSONNode(.boolean(!isReady && publisher.isServing)))
    if !isReady, publisher.isServing {
      node.set("message", JSONNode(.string("the controller is recovering: the workers serve what they had")))
    } else if !isReady {
      node.set("message", JSONNode(.string("no configuration is in service")))
    } else if !publisher.isServing {
      node.set("message", JSONNode(.string("no worker serves the configuration")))
    }
    return node
  }
}
