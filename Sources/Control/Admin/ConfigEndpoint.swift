import Configuration
import JSON
import YAML

/// `/config`: the whole configuration in the declarative format.
///
/// Kong has it only without a database; here both ways of writing work on the same entities.
struct ConfigEndpoint {
  let controller: Controller

  /// `GET /config`: the configuration as YAML, secrets included, as `POST` takes it.
  func export() -> JSONNode {
    ["config": JSONNode(YAML.serialize(controller.configuration.declarative()))]
  }

  /// `POST /config`: replaces everything.
  func plan(_ request: ServerRequest) throws(AdminProblem) -> AdminAPI.Plan {
    let file = try file(request)
    let flatten = request.isSet("flatten_errors")
    return { (editor) throws(AdminProblem) in
      var options = editor.options
      options.surface = .declarative
      let configuration: GatewayConfiguration
      do throws(ConfigurationErrors) {
        configuration = try GatewayConfiguration(declarative: [file], dialect: .kong, options: options)
      } catch {
        var problem = AdminProblem(status: 400, error.kongErrorBody(flatten: flatten))
        problem.unknownPlugin = error.errors.contains {
          $0.message.hasSuffix("add it to the 'plugins' configuration property")
        }
        throw problem
      }
      editor.table.replaceAll(configuration)
      return ServerResponse(status: 201, configuration.nodesByID())
    }
  }

  private func file(_ request: ServerRequest) throws(AdminProblem) -> DeclarativeFile {
    let content = try RequestBody.content(request)
    var text = request.body
    var format = DeclarativeFile.Format.yaml
    switch content {
    case .json: format = .json
    case .yaml: break
    case .none: throw .message(400, "expected a declarative configuration")
    case .form:
      guard let value = PercentCoding.pairs(request.body).first(where: { $0.name == "config" })?.value else {
        throw .message(400, "expected a declarative configuration")
      }
      text = Array(value.utf8)
      format = .automatic
    }
    do {
      return try DeclarativeFile(bytes: text, name: nil, format: format, environment: nil)
    } catch {
      if content == .json { throw .message(400, "Cannot parse JSON body") }
      throw .message(400, "failed parsing declarative configuration: \(error)")
    }
  }
}
