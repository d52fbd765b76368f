/// The fields of a model that a request may fill in (``ModelNameTemplate``): all that are text, as in Kong.
extension AIProxyConfiguration.Model {
  /// The fields, and whether each becomes part of a host's name: a request must not choose another host with these.
  private static var fields: [(path: WritableKeyPath<Self, String?>, isHostPart: Bool)] {
    [
      (\.name, false), (\.options.upstreamURL, false), (\.options.upstreamPath, false),
      (\.options.anthropicVersion, false), (\.options.azure.instance, true), (\.options.azure.deployment, false),
      (\.options.databricksInstance, true), (\.options.gemini.endpoint, false), (\.options.gemini.project, false),
      (\.options.gemini.location, false), (\.options.gemini.endpointIdentifier, false),
    ]
  }

  /// Whether there is anything to fill in.
  var hasTemplates: Bool {
    ModelNameTemplate.isTemplate(options.azure.version)
      || Self.fields.contains { self[keyPath: $0.path].map(ModelNameTemplate.isTemplate) ?? false }
  }

  /// The model with every template filled in.
  /// - Parameter value: the value of a key; `nil` when the request has none.
  /// - Throws: 400 in Kong's words, or for a value that cannot be part of a host's name.
  func filled(value: (ModelNameTemplate.Source, String) -> String?) throws(Failure) -> Self {
    var result = self
    for (path, isHostPart) in Self.fields {
      guard let text = self[keyPath: path], ModelNameTemplate.isTemplate(text) else { continue }
      let filled = try ModelNameTemplate.fill(text, value: value)
      guard !isHostPart || filled.utf8.allSatisfy(Self.isHostCharacter) else {
        throw Failure(.invalidRequest, "the value for '\(text)' cannot be part of a host's name")
      }
      result[keyPath: path] = filled
    }
    result.options.azure.version = try ModelNameTemplate.fill(options.azure.version, value: value)
    return result
  }

  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
