import JSON

/// One field of an entity or record: its type, default and checks.
public struct FieldSchema: Sendable {
  /// The type of a value.
  indirect enum Kind: Sendable {
    case string
    case integer
    case number
    case boolean
    case array(FieldSchema)
    case set(FieldSchema)
    case map(key: FieldSchema, value: FieldSchema)
    case record([FieldSchema], [EntityCheck])
    case foreign(EntityType)
    case pluginConfiguration
    case vaultConfiguration
  }

  /// The field's name; empty for elements of collections.
  public let name: String
  let kind: Kind
  /// Whether a value must be there.
  public private(set) var isRequired = false
  /// What the value is when none was given.
  public private(set) var defaultValue: JSONNode?
  /// Whether the gateway gives the value when none was given: ids and times.
  public private(set) var isAutomatic = false
  /// Whether no two entities may have the same value.
  public private(set) var isUnique = false
  /// Whether the value is secret: it is printed in no message and no dump.
  public private(set) var isSecret = false
  /// Whether the value may be a vault reference.
  public private(set) var isReferenceable = false
  /// Whether the field is accepted, but not kept in the entity (`url` of a service, `snis` of a certificate).
  public private(set) var isTransient = false
  /// Whether the entity belongs to the one that the field names, goes with it, and may stand nested in it.
  public private(set) var isParent = false
  /// Whether the entity goes when the one that the field names goes.
  public private(set) var deletesWithParent = false
  /// Whether the form of the schema says that the value may be missing, where it could say nothing.
  private(set) var isExplicitlyOptional = false
  /// Whether the Admin API shows the field only when it has a value.
  public private(set) var isLeftOutWhenNull = false
  /// The checks of a value of the right type; the first that fails is reported.
  var rules: [Rule] = []

  init(_ name: String, _ kind: Kind, _ rules: Rule...) {
    self.name = name
    self.kind = kind
    self.rules = rules
  }

  /// The kind of entity that a foreign field names.
  public var reference: EntityType? {
    if case .foreign(let type) = kind { return type }
    return nil
  }

  // The attributes are set one behind another: FieldSchema("port", .integer, .between(0, 65535)).required(80).

  func required(_ value: JSONNode? = nil) -> FieldSchema {
    var copy = self
    copy.isRequired = true
    copy.defaultValue = value
    return copy
  }

  func defaulting(to value: JSONNode) -> FieldSchema {
    var copy = self
    copy.defaultValue = value
    return copy
  }

  func automatic() -> FieldSchema {
    var copy = self
    copy.isAutomatic = true
    return copy
  }

  func unique() -> FieldSchema {
    var copy = self
    copy.isUnique = true
    return copy
  }

  func secret() -> FieldSchema {
    var copy = self
    copy.isSecret = true
    return copy
  }

  func referenceable() -> FieldSchema {
    var copy = self
    copy.isReferenceable = true
    return copy
  }

  func transient() -> FieldSchema {
    var copy = self
    copy.isTransient = true
    return copy
  }

  func leftOutWhenNull() -> FieldSchema {
    var copy = self
    copy.isLeftOutWhenNull = true
    return copy
  }

  /// Whether a value has the field's type, as far as its outermost level goes.
  func fits(_ node: JSONNode) -> Bool {
    switch kind {
    case .string: node.string != nil
    case .integer: node.integer != nil
    case .number: node.double != nil
    case .boolean: node.boolean != nil
    case .array, .set: node.array != nil || node.isEmptyCollection
    case .map, .record: node.members != nil || node.isEmptyCollection
    case .foreign, .pluginConfiguration, .vaultConfiguration: true
    }
  }

  func explicitlyOptional() -> FieldSchema {
    var copy = self
    copy.isExplicitlyOptional = true
    return copy
  }

  func parent(cascading: Bool = false) -> FieldSchema {
    var copy = self
    copy.isParent = true
    copy.deletesWithParent = cascading
    return copy
  }
}
