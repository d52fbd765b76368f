import JSON

/// What an instance is made from, and what it wants.
public struct InstanceContext {
  /// The gateway, as this instance speaks to it.
  public let handle: InstanceHandle
  /// Nothing but validation is wanted: open no files and start no threads.
  public let isInspecting: Bool
  /// `config` as JSON text: valid by the descriptor's schema, defaults filled, references resolved.
  public let configurationText: [UInt8]
  /// Id (UUID) of the plugin entity.
  public let entityID: String
  /// Its `instance_name`, or "".
  public let entityName: String
  /// The service the instance is bound to, or "".
  public let serviceID: String
  /// The route the instance is bound to, or "".
  public let routeID: String
  /// The consumer the instance is bound to, or "".
  public let consumerID: String

  /// How this instance wants request content; comes in with the descriptor's value.
  public var requestBody: BodyMode
  /// How this instance wants response content; comes in with the descriptor's value.
  public var responseBody: BodyMode
  /// For ``BodyMode/whole``: bytes; 0 for the gateway's own limit.
  public var requestBodyLimit: UInt64
  /// For ``BodyMode/whole``: bytes; 0 for the gateway's own limit.
  public var responseBodyLimit: UInt64

  /// `config` as a tree.
  ///
  /// - Throws: ``PluginError`` when the text is not JSON, which a correct host never gives.
  public func configuration() throws(PluginError) -> JSONNode {
    do throws(JSONSyntaxError) {
      return try JSONNode(parsing: configurationText.isEmpty ? Array("{}".utf8) : configurationText)
    } catch {
      throw PluginError(.configuration, error.description)
    }
  }

  /// `config` as a Swift value; JSON spells the names in snake case (`headerName` as `header_name`).
  ///
  /// - Throws: ``PluginError`` with the JSON Pointer to the first field that does not fit.
  public func decode<Configuration: Decodable>(
    _ type: Configuration.Type = Configuration.self, keySpelling: JSONKeySpelling = .snakeCase
  ) throws(PluginError) -> Configuration {
    try Self.decode(type, from: configuration(), keySpelling)
  }

  /// As ``decode(_:keySpelling:)``, with the defaults for what is not there: a host fills them in, a test need not.
  func decode<Configuration: PluginConfiguration>(
    filling defaults: Configuration?
  ) throws(PluginError) -> Configuration {
    var node = try configuration()
    if let defaults, node.members != nil,
      let filled = try? JSONNodeEncoder(keySpelling: .snakeCase).encode(defaults)
    {
      for member in filled.members ?? [] where node[member.name] == nil { node.set(member.name, member.value) }
    }
    return try Self.decode(Configuration.self, from: node, .snakeCase)
  }

  private static func decode<Configuration: Decodable>(
    _ type: Configuration.Type, from node: JSONNode, _ keySpelling: JSONKeySpelling
  ) throws(PluginError) -> Configuration {
    do throws(JSONDecodingError) {
      return try JSONNodeDecoder(keySpelling: keySpelling).decode(type, from: node)
    } catch {
      throw PluginError(.configuration, error.message, pointer: pointer(fromPath: error.path))
    }
  }

  /// `auth.values[0].name` as the JSON Pointer `/auth/values/0/name` (RFC 6901).
  static func pointer(fromPath path: String) -> String {
    guard !path.isEmpty else { return "" }
    var pointer = path.first == "[" ? "" : "/"
    for character in path {
      switch character {
      case ".", "[": pointer += "/"
      case "]": break
      case "~": pointer += "~0"
      case "/": pointer += "~1"
      default: pointer.append(character)
      }
    }
    return pointer
  }
}
