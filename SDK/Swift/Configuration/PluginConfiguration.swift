import JSON

/// What `config` holds, as a Swift type. The JSON Schema that the gateway validates by, and fills defaults from, is derived
/// from it; JSON spells the names of properties in snake case.
///
/// ```swift
/// struct StampConfiguration: PluginConfiguration {
///   var header = "X-Stamp"
///   var value: String?
///   static let defaults: Self? = Self()
///   static let rules: [String: [ConfigurationRule]] = ["header": [.length(1...128)]]
/// }
/// ```
///
/// A property is required unless it is optional or ``defaults`` has a value for it. Members that the type does not name are
/// refused. Booleans, integers, floating-point numbers, strings, arrays, dictionaries by string, enumerations by raw value that
/// are `CaseIterable`, and structs of these can be derived; for anything else give
/// ``PluginDescriptor/configurationSchema`` yourself.
public protocol PluginConfiguration: Codable, Sendable {
  /// A value whose properties are the defaults, or `nil` when nothing has one.
  static var defaults: Self? { get }
  /// What the values of properties must keep to besides their type, by the property's Swift name.
  static var rules: [String: [ConfigurationRule]] { get }
}

extension PluginConfiguration {
  /// Nothing has a default.
  public static var defaults: Self? { nil }
  /// Types are all there is.
  public static var rules: [String: [ConfigurationRule]] { [:] }
}

/// The configuration of a plugin that takes none.
public struct NoConfiguration: PluginConfiguration {
  /// Makes nothing.
  public init() {}
}

/// One keyword of JSON Schema, for a property or, within ``each(_:)``, for the elements of an array.
public struct ConfigurationRule: Sendable {
  /// The keyword.
  public let keyword: String
  /// Its value.
  public let value: JSONNode

  /// Any keyword that the gateway knows.
  public init(_ keyword: String, _ value: JSONNode) {
    self.keyword = keyword
    self.value = value
  }

  /// What the property means, for people.
  public static func description(_ text: String) -> Self { Self("description", JSONNode(text)) }
  /// A regular expression that texts match.
  public static func pattern(_ expression: String) -> Self { Self("pattern", JSONNode(expression)) }
  /// What is said of a value that does not fit.
  public static func message(_ text: String) -> Self { Self("x-message", JSONNode(text)) }
  /// The value is printed nowhere.
  public static var secret: Self { Self("x-secret", true) }
  /// The value may be a vault reference (`{vault://env/name}`).
  public static var referenceable: Self { Self("x-referenceable", true) }
  /// The least number.
  public static func minimum(_ value: Int) -> Self { Self("minimum", JSONNode(value)) }
  /// The greatest number.
  public static func maximum(_ value: Int) -> Self { Self("maximum", JSONNode(value)) }
  /// The shortest text, in characters.
  public static func minimumLength(_ value: Int) -> Self { Self("minLength", JSONNode(value)) }
  /// The longest text, in characters.
  public static func maximumLength(_ value: Int) -> Self { Self("maxLength", JSONNode(value)) }
  /// The fewest elements of an array.
  public static func minimumCount(_ value: Int) -> Self { Self("minItems", JSONNode(value)) }
  /// The most elements of an array.
  public static func maximumCount(_ value: Int) -> Self { Self("maxItems", JSONNode(value)) }
}
