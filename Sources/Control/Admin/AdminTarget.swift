import Configuration

/// What a path of the Admin API names.
enum AdminTarget {
  /// An entity that those below it refer to.
  struct Scope {
    var type: EntityType
    var key: String
    /// The field of the entities below that names this one.
    var field: String
  }

  case root
  case status
  case endpoints
  case config
  /// What operators do to a running gateway, below `/torii`.
  case operation(OperationEndpoint)
  case enabledPlugins
  /// All tags, or the entities that have one.
  case tags(String?)
  case entitySchema(String)
  case pluginSchema(String)
  case vaultSchema(String)
  case validation(String)
  case collection(EntityType, Scope?)
  case entity(EntityType, String, Scope?)
  /// The entity that a field of another one names.
  case above(EntityType, String, field: String, EntityType)

  /// What the segments of a path, percent-decoded, name; `nil`: nothing.
  init?(_ segments: [String]) {
    switch (segments.first, segments.count) {
    case (nil, _): self = .root
    case ("status", 1): self = .status
    case ("endpoints", 1): self = .endpoints
    case ("config", 1): self = .config
    case ("torii", _):
      guard let operation = OperationEndpoint(Array(segments.dropFirst())) else { return nil }
      self = .operation(operation)
    case ("tags", 1): self = .tags(nil)
    case ("tags", 2): self = .tags(segments[1])
    case ("schemas", _):
      guard let target = Self.schema(Array(segments.dropFirst())) else { return nil }
      self = target
    case ("plugins", 2) where segments[1] == "enabled": self = .enabledPlugins
    case ("plugins", 3) where segments[1] == "schema": self = .pluginSchema(segments[2])
    default:
      guard let target = Self.entities(segments) else { return nil }
      self = target
    }
  }

  private static func schema(_ segments: [String]) -> AdminTarget? {
    switch (segments.first, segments.count) {
    case (let name?, 1): .entitySchema(name)
    case ("plugins", 2): segments[1] == "validate" ? .validation("plugins") : .pluginSchema(segments[1])
    case ("vaults", 2): segments[1] == "validate" ? .validation("vaults") : .vaultSchema(segments[1])
    case (let name?, 2) where segments[1] == "validate": .validation(name)
    default: nil
    }
  }

  private static func entities(_ segments: [String]) -> AdminTarget? {
    guard let first = segments.first, let type = EntityCollections.type(first) else { return nil }
    if segments.count == 1 { return .collection(type, nil) }
    let key = segments[1]
    if segments.count == 2 { return .entity(type, key, nil) }
    if let child = EntityCollections.nested(below: type).first(where: { $0.path == segments[2] }) {
      let scope = Scope(type: type, key: key, field: child.field)
      if segments.count == 3 { return .collection(child.type, scope) }
      // All targets, those without weight included; here there is no difference.
      if segments.count == 4, child.type == .targets, segments[3] == "all" { return .collection(.targets, scope) }
      return segments.count == 4 ? .entity(child.type, segments[3], scope) : nil
    }
    guard segments.count == 3, let above = EntityCollections.above(type).first(where: { $0.field == segments[2] })
    else { return nil }
    return .above(type, key, field: above.field, above.type)
  }

  /// The methods that the target understands, in alphabetical order.
  var methods: [String] {
    switch self {
    case .root, .status, .endpoints, .enabledPlugins, .tags, .entitySchema, .pluginSchema, .vaultSchema:
      ["GET", "HEAD", "OPTIONS"]
    case .config, .collection: ["GET", "HEAD", "OPTIONS", "POST"]
    case .validation: ["OPTIONS", "POST"]
    case .operation(.status): ["GET", "HEAD", "OPTIONS"]
    case .operation: ["OPTIONS", "POST"]
    case .entity: ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"]
    case .above: ["GET", "HEAD", "OPTIONS", "PATCH", "PUT"]
    }
  }
}
