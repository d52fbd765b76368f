import Configuration
import JSON

/// What a client is told when its change could not take effect.
enum PublishAnswer {
  /// 400 with the reason, as Kong's error object when it lies in the configuration.
  ///
  /// Errors of one entity are told as if its schema had found them, relative to it: that is what the client sent.
  static func response(_ failure: PublishFailure, _ configuration: GatewayConfiguration) -> ServerResponse {
    guard !failure.errors.isEmpty else { return .message(400, failure.message) }
    let owners = Set(failure.errors.map { ConfigurationPath(Array($0.components.components.prefix(2))) })
    var errors = failure.errors
    if owners.count == 1, let owner = owners.first, isEntity(owner, configuration) {
      errors = errors.map { error in
        var error = error
        error.components = ConfigurationPath(Array(error.components.components.dropFirst(2)))
        return error
      }
    }
    return ServerResponse(status: 400, errors.kongSchemaViolation())
  }

  /// 400 with every error as the reader of the file wrote it: file, line, column, path.
  static func refused(_ message: String, _ errors: [ConfigurationError]) -> ServerResponse {
    ServerResponse(
      status: 400, ["message": JSONNode(message), "errors": JSONNode(strings: errors.map(\.description))])
  }

  private static func isEntity(_ path: ConfigurationPath, _ configuration: GatewayConfiguration) -> Bool {
    guard path.components.count == 2, case .key(let name) = path.components[0],
      case .index(let index) = path.components[1], let type = EntityType(rawValue: name)
    else { return false }
    return configuration.nodes(of: type).indices.contains(index)
  }
}
