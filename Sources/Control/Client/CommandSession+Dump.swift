import Configuration
import Glibc
import JSON
import YAML

// `dump`: what a gateway has, as a declarative file.
extension CommandSession {
  /// Writes the file.
  func dump() throws(CommandFailure) -> Int32 {
    let format = options["format"]?.lowercased() ?? "yaml"
    guard format == "yaml" || format == "json" else {
      throw CommandFailure("format '\(format)': there are yaml and json")
    }
    var path = options["output-file"] ?? "kong.yaml"
    if format == "json", path == "kong.yaml" { path = "kong.json" }
    if path != "-", unsafe access(path, F_OK) == 0,
      !confirm("File '\(path)' already exists. Do you want to overwrite it?")
    {
      return 0
    }
    let state = try GatewayState.read(client, skipping: skipped)
    let tags = options.all("select-tag")
    var configuration = selected(state.configuration, tags: tags)
    let defaults = SchemaDefaults(client)
    if options.isSet("sanitize") { configuration = try masked(configuration, defaults) }
    let writer = StateFileWriter(
      configuration: configuration, withIDs: options.isSet("with-id"),
      defaults: options.isSet("skip-defaults") ? defaults : nil)
    let document = try writer.document(selectTags: tags)
    let text = format == "json" ? document.serializedString(pretty: true) + "\n" : YAML.serialize(document)
    if path == "-" {
      console.out(text)
    } else {
      do {
        // The file holds secrets: only its owner may read it.
        try SystemFiles().write(Array(text.utf8), to: path)
      } catch {
        throw CommandFailure("\(error)")
      }
    }
    return 0
  }

  private func masked(_ configuration: GatewayConfiguration, _ defaults: SchemaDefaults) throws(CommandFailure)
    -> GatewayConfiguration
  {
    var entities: [EntityType: [JSONNode]] = [:]
    for (type, nodes) in configuration.entities {
      for node in nodes {
        entities[type, default: []].append(try defaults.masked(node, type))
      }
    }
    return GatewayConfiguration(entities: entities)
  }
}

/// Writes entities in format 3.0, as decK does: those that belong to others nested in them, without what the gateway fills in.
struct StateFileWriter {
  let configuration: GatewayConfiguration
  let withIDs: Bool
  /// With it, values that are defaults are left out.
  let defaults: SchemaDefaults?

  /// The whole file.
  func document(selectTags: [String] = []) throws(CommandFailure) -> JSONNode {
    var document: JSONNode = ["_format_version": "3.0"]
    if !selectTags.isEmpty { document.set("_info", ["select_tags": JSONNode(strings: selectTags)]) }
    for type in EntityType.allCases {
      var nodes: [JSONNode] = []
      for node in configuration.nodes(of: type) where Self.parent(of: node, type) == nil {
        nodes.append(try written(node, type, below: nil))
      }
      if !nodes.isEmpty { document.set(type.rawValue, JSONNode(nodes)) }
    }
    return document
  }

  /// The field that names the entity in which another stands; `nil` when it stands at the top: it belongs to none or to several.
  private static func parent(of node: JSONNode, _ type: EntityType) -> String? {
    let fields = type.schema.fields.filter { $0.isParent && node.reference($0.name) != nil }.map(\.name)
    return fields.count == 1 ? fields.first : nil
  }

  private func written(_ node: JSONNode, _ type: EntityType, below parent: String?) throws(CommandFailure) -> JSONNode {
    let names = EntityLookup(configuration)
    var result = node
    if let defaults { result = try defaults.withoutDefaults(result, type) }
    result = result.without("created_at", "updated_at", "cert_digest").withoutNulls
    if let parent { result.remove(parent) }
    for field in type.schema.fields {
      guard let other = field.reference, field.name != parent, let id = node.reference(field.name) else { continue }
      result.set(field.name, JSONNode(names.name(other, id: id)))
    }
    let hasName = type.schema.endpointKey.map { node.present($0) != nil } ?? false
    let isNamed = hasName || [.plugins, .targets, .acls].contains(type) || EntityKind.credentials.contains(type)
    if !withIDs, isNamed { result.remove("id") }
    guard let id = node.text("id") else { return result }
    for child in type.children {
      var nodes: [JSONNode] = []
      for other in configuration.nodes(of: child.type)
      where other.reference(child.field) == id && Self.parent(of: other, child.type) == child.field {
        nodes.append(try written(other, child.type, below: child.field))
      }
      if !nodes.isEmpty { result.set(child.type.rawValue, JSONNode(nodes)) }
    }
    return result
  }
}
