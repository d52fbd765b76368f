import JSON

// Taking files apart.
extension DeclarativeReader {
  /// What the top of a file says about all its entities.
  private struct Header {
    var version = "3.0"
    var selectTags: [String] = []
    var defaults: [EntityType: JSONNode] = [:]
    var pluginConfigurations: [String: JSONNode] = [:]
  }

  /// Takes a file apart into drafts.
  mutating func collect(_ file: Int) {
    let root = files[file].root
    guard let members = root.members ?? (root.isEmptyCollection ? [] : nil) else {
      report(
        .init("expected an object", location: root.location, hint: "a file starts with _format_version: \"3.0\""),
        file: file)
      return
    }
    let header = readHeader(members, root, file)
    for member in members {
      guard let type = EntityType(rawValue: member.name) else {
        checkTopKey(member, file)
        continue
      }
      collect(
        member.value, type, at: ConfigurationPath([.key(member.name)]), parent: nil, header: header, file: file)
    }
  }

  private mutating func checkTopKey(_ member: JSONNode.Member, _ file: Int) {
    let path = ConfigurationPath([.key(member.name)])
    if member.name == "_konnect", dialect == .deck {
      report(
        .init(
          "Konnect is a service of Kong that this gateway does not speak to", at: path, location: member.nameLocation,
          hint: "remove '_konnect'"), file: file)
    } else if !dialect.topKeys.contains(member.name) {
      report(
        .init(
          "unknown field", at: path, location: member.nameLocation,
          hint: DeclarativeDialect.reasonAgainst(member.name)
            ?? Suggestion.hint(for: member.name, among: dialect.topKeys)), file: file)
    }
  }

  private mutating func readHeader(_ members: [JSONNode.Member], _ root: JSONNode, _ file: Int) -> Header {
    var header = Header()
    func top(_ name: String) -> ConfigurationPath { ConfigurationPath([.key(name)]) }
    if let version = root.present("_format_version") {
      if let text = version.string {
        header.version = text
        if !FormatUpgrade.versions.contains(text) {
          report(
            .init(
              "expected one of: \(FormatUpgrade.versions.joined(separator: ", "))", at: top("_format_version"),
              location: version.location, hint: "write _format_version: \"3.0\""), file: file)
        }
      } else {
        report(
          .init(
            "expected a string", at: top("_format_version"), location: version.location,
            hint: "put the version in quotes: \"3.0\""), file: file)
      }
    } else {
      report(
        .init(
          "required field missing", at: top("_format_version"), location: root.location,
          hint: "write _format_version: \"3.0\""), file: file)
    }
    expect("a boolean", root.present("_transform"), top("_transform"), file) { $0.boolean != nil }
    expect("a string", root.present("_comment"), top("_comment"), file) { $0.string != nil }
    expect("an array", root.present("_ignore"), top("_ignore"), file) { $0.array != nil || $0.isEmptyCollection }
    guard dialect == .deck else { return header }
    if let workspace = root.present("_workspace"), workspace.string != "default" {
      report(
        .init(
          "there are no workspaces", at: top("_workspace"), location: workspace.location,
          hint: "remove '_workspace', or name it default"), file: file)
    }
    if let info = root.present("_info") { readInfo(info, top("_info"), file, &header) }
    for member in root.present("_plugin_configs")?.members ?? [] {
      expect("a record", member.value, top("_plugin_configs").appending(member.name), file) { $0.members != nil }
      header.pluginConfigurations[member.name] = member.value
    }
    return header
  }

  private mutating func readInfo(_ info: JSONNode, _ path: ConfigurationPath, _ file: Int, _ header: inout Header) {
    let known = [
      "select_tags", "default_lookup_tags", "defaults", "consumer_group_policy_overrides", "skip_hash_for_basic_auth",
      "include_plugin_definitions",
    ]
    expect("a record", info, path, file) { $0.members != nil }
    for member in info.members ?? [] where !known.contains(member.name) {
      report(
        .init(
          "unknown field", at: path.appending(member.name), location: member.nameLocation,
          hint: Suggestion.hint(for: member.name, among: known)), file: file)
    }
    if let tags = info.present("select_tags") {
      expect("an array", tags, path.appending("select_tags"), file) {
        $0.array?.allSatisfy { $0.string != nil } == true
      }
      header.selectTags = tags.strings
    }
    let kinds: [String: EntityType] = [
      "service": .services, "route": .routes, "upstream": .upstreams, "target": .targets,
    ]
    for member in info.present("defaults")?.members ?? [] {
      let place = path.appending("defaults").appending(member.name)
      guard let type = kinds[member.name] else {
        report(
          .init(
            "unknown field", at: place, location: member.nameLocation,
            hint: "there are defaults for service, route, upstream and target"), file: file)
        continue
      }
      expect("a record", member.value, place, file) { $0.members != nil }
      header.defaults[type] = member.value
    }
  }

  private mutating func expect(
    _ what: String, _ node: JSONNode?, _ path: ConfigurationPath, _ file: Int, _ holds: (JSONNode) -> Bool
  ) {
    guard let node, !holds(node) else { return }
    report(.init("expected \(what)", at: path, location: node.location), file: file)
  }

  private mutating func collect(
    _ collection: JSONNode, _ type: EntityType, at path: ConfigurationPath, parent: (draft: Int, field: String)?,
    header: Header, file: Int
  ) {
    if collection.isNull || collection.isEmptyCollection { return }
    guard let elements = collection.array else {
      report(
        .init(
          "expected an array", at: path, location: collection.location,
          hint: collection.members == nil ? nil : "start each entry with '- '"), file: file)
      return
    }
    for (index, element) in elements.enumerated() {
      let place = path.appending(index)
      guard element.members != nil else {
        // The names of servers of a certificate may be given as plain names.
        if type == .snis, parent != nil, element.string != nil {
          let node = JSONNode(.object([.init(name: "name", value: element)]), at: element.location)
          drafts.append(EntityDraft(type: type, node: node, path: place, file: file, parent: parent))
          continue
        }
        report(.init("expected a record", at: place, location: element.location), file: file)
        continue
      }
      collect(entity: element, type, at: place, parent: parent, header: header, file: file)
    }
  }

  private mutating func collect(
    entity: JSONNode, _ type: EntityType, at path: ConfigurationPath, parent: (draft: Int, field: String)?,
    header: Header, file: Int
  ) {
    var node = entity
    var nested: [(type: EntityType, field: String, value: JSONNode)] = []
    for child in type.children {
      if let value = node.remove(child.type.rawValue) { nested.append((child.type, child.field, value)) }
    }
    node = FormatUpgrade.upgrade(node, type, from: header.version)
    if dialect == .deck {
      if let defaults = header.defaults[type] { node = Self.merge(defaults, under: node) }
      if type == .plugins { node = sharedConfiguration(node, path, header, file) }
      if !header.selectTags.isEmpty, type.schema.field("tags") != nil,
        node["tags"]?.array != nil || node.present("tags") == nil
      {
        let own = node.present("tags")?.array ?? []
        let added = header.selectTags.filter { !own.compactMap(\.string).contains($0) }
        node.set("tags", JSONNode(.array(own + added.map { .of($0) }), at: node["tags"]?.location))
      }
    }
    let position = drafts.count
    drafts.append(EntityDraft(type: type, node: node, path: path, file: file, parent: parent))
    for child in nested {
      collect(
        child.value, child.type, at: path.appending(child.type.rawValue), parent: (position, child.field),
        header: header, file: file)
    }
  }

  /// Fills a plugin's configuration from the one it names by `_config`.
  private mutating func sharedConfiguration(
    _ plugin: JSONNode, _ path: ConfigurationPath, _ header: Header, _ file: Int
  ) -> JSONNode {
    var plugin = plugin
    guard let name = plugin.remove("_config"), !name.isNull else { return plugin }
    guard let key = name.string, let shared = header.pluginConfigurations[key] else {
      report(
        .init(
          "no such entry in '_plugin_configs': \(name.string ?? name.serializedString())",
          at: path.appending("_config"),
          location: name.location,
          hint: name.string.flatMap { Suggestion.hint(for: $0, among: header.pluginConfigurations.keys.sorted()) }),
        file: file)
      return plugin
    }
    plugin.set("config", plugin.present("config").map { Self.merge(shared, under: $0) } ?? shared)
    return plugin
  }

  /// The upper object with what only the lower one has, objects within them likewise.
  private static func merge(_ lower: JSONNode, under upper: JSONNode) -> JSONNode {
    guard let added = lower.members, upper.members != nil else { return upper }
    var result = upper
    for member in added {
      if let own = result[member.name] {
        result.set(member.name, merge(member.value, under: own))
      } else {
        result.set(member.name, member.value)
      }
    }
    return result
  }
}
