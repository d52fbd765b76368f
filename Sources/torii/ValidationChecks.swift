import Configuration
import Generations
import Routing

/// The checks of a configuration that need the rest of the gateway: plugins' schemas, regular expressions.
enum ValidationChecks {
  static func options(_ publisher: GenerationPublisher, surface: ValidationOptions.Surface = .declarative)
    -> ValidationOptions
  {
    var options = ValidationOptions(
      surface: surface, plugins: publisher.catalog.schemas, pluginFolders: publisher.catalog.folders)
    options.regularExpressionFault = { pattern in
      do {
        _ = try RegularExpression(pattern)
        return nil
      } catch {
        return "\(error)"
      }
    }
    options.regularExpressionMatches = { pattern, text in
      guard let expression = try? RegularExpression(pattern) else { return nil }
      return expression.isMatch(text)
    }
    return options
  }
}
