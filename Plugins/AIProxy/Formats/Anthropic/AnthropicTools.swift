import JSON

/// A request's tools, and which of them the model may, must or must not use.
struct AnthropicTools {
  /// One tool that goes upstream.
  private struct Tool {
    var definition: JSONValue
    /// Its parameters, if the definition has none: tools that Anthropic's models know by heart.
    var known: KnownTool?
  }

  private enum Choice {
    case forbidden
    case auto
    case required
    case tool(JSONValue)
  }

  private let capabilities: ModelCapabilities
  private let translation: AIProxyConfiguration.Translation
  private var tools: [Tool] = []
  private var choice: Choice?
  private var isParallel = true
  private var searchesWeb = false
  private var webSearchName: JSONValue?
  private var forcesSearch = false

  /// Names changed so far.
  var names = ToolNameMap()
  /// What was left out.
  private(set) var notes: [String] = []

  init(capabilities: ModelCapabilities, translation: AIProxyConfiguration.Translation) {
    self.capabilities = capabilities
    self.translation = translation
  }

  /// Whether the model must call a tool.
  var forcesTool: Bool {
    guard !tools.isEmpty else { return false }
    switch choice {
    case .required, .tool: return true
    case .auto, .forbidden, nil: return false
    }
  }

  /// Whether one of several tools must be called, and the model is told so by `required`.
  var demandsSomeTool: Bool {
    guard case .required? = choice else { return false }
    return tools.count > 1 && capabilities.acceptsRequiredToolChoice
  }

  /// Whether the provider is to search the web: it has to if there is nothing else to do.
  var webSearch: AnthropicWebSearch.Demand {
    guard searchesWeb else { return .none }
    return tools.isEmpty || forcesSearch ? .forced : .allowed
  }

  mutating func read(_ value: JSONValue?, choice: JSONValue?) throws(Failure) {
    if let value {
      guard value.kind == .array else { throw Failure(.invalidRequest, "tools: must be an array") }
      tools.reserveCapacity(value.count)
      var position = 0
      for tool in value.elements {
        try read(tool: tool, position: position)
        position += 1
      }
    }
    try read(choice: choice)
  }

  private mutating func read(tool: JSONValue, position: Int) throws(Failure) {
    guard let name = tool["name"], name.isNonEmptyString else {
      // Server-side toolsets have no name.
      if tool["type"] != nil {
        notes.append("tools[\(position)] without a name was left out")
        return
      }
      throw Failure(.invalidRequest, "tools.\(position).name: field required")
    }
    guard let type = tool["type"], !type.isNull, !type.equals("custom"), tool["input_schema"] == nil else {
      tools.append(Tool(definition: tool, known: nil))
      return
    }
    let typeName = type.string ?? ""
    if typeName.hasPrefix("web_search_") {
      searchesWeb = translation.webSearch == .enableSearch
      webSearchName = name
      return
    }
    if let known = KnownTool(type: typeName) {
      tools.append(Tool(definition: tool, known: known))
    } else if typeName.hasPrefix("computer_") {
      throw Failure(.invalidRequest, "tools.\(position): tools of type \(typeName) are not available for this model")
    } else {
      notes.append("tool of type \(typeName) was left out")
    }
  }

  private mutating func read(choice value: JSONValue?) throws(Failure) {
    guard let value else { return }
    guard let type = value["type"] else { throw Failure(.invalidRequest, "tool_choice.type: field required") }
    if type.equals("auto") {
      choice = .auto
    } else if type.equals("any") {
      choice = .required
    } else if type.equals("none") {
      choice = .forbidden
    } else if type.equals("tool") {
      guard let name = value["name"], name.isNonEmptyString else {
        throw Failure(.invalidRequest, "tool_choice.name: field required")
      }
      forcesSearch = webSearchName?.hasSameSpelling(as: name) ?? false
      // A tool that was left out cannot be chosen.
      let isKnown = tools.contains { tool in tool.definition["name"]?.hasSameSpelling(as: name) ?? false }
      if isKnown { choice = .tool(name) }
    } else {
      throw Failure(.invalidRequest, "tool_choice.type: must be auto, any, tool or none")
    }
    if value["disable_parallel_tool_use"]?.boolean == true { isParallel = false }
  }

  /// - Parameters:
  ///   - definitions: what ``read(_:choice:)`` was given.
  ///   - json: has read them.
  mutating func write(_ definitions: JSONValue?, json: JSONReader, to writer: inout JSONWriter) {
    if webSearch != .none {
      writer.key("enable_search")
      writer.boolean(true)
      writer.key("search_options")
      writer.rawValue(
        webSearch == .forced ? "{\"forced_search\":true,\"enable_source\":true}" : "{\"enable_source\":true}")
    }
    guard !tools.isEmpty else { return }
    writer.key("tools")
    writer.beginArray()
    writeDefinitions(definitions, json: json, to: &writer)
    writer.endArray()
    switch choice {
    case nil: break
    case .auto?: writeChoice("auto", to: &writer)
    case .forbidden?: writeChoice("none", to: &writer)
    case .required?:
      if tools.count == 1, let name = tools[0].definition["name"] {
        writeChoice(name, to: &writer)
      } else {
        writeChoice(demandsSomeTool ? "required" : "auto", to: &writer)
      }
    case .tool(let name)?: writeChoice(name, to: &writer)
    }
    if capabilities.saysParallelToolCalls || !isParallel {
      writer.key("parallel_tool_calls")
      writer.boolean(isParallel)
    }
  }

  /// Writes the tools as elements of the array that is open. What was written for the same definitions before is written again,
  /// if no name in it had to be changed.
  private mutating func writeDefinitions(_ definitions: JSONValue?, json: JSONReader, to writer: inout JSONWriter) {
    let entry = definitions.flatMap { json.memory?.entry(of: $0, in: json) }
    if let result = entry?.result, result.condition.hasSameText(as: capabilities.reservedToolName) {
      writer.elements(result.text)
      return
    }
    let isUnchanged = names.isEmpty
    let start = writer.bytes.count
    for tool in tools { write(tool, to: &writer) }
    if let entry, isUnchanged, names.isEmpty {
      entry.result = (capabilities.reservedToolName, Array(writer.bytes[start...]))
    }
  }

  private func writeChoice(_ choice: StaticString, to writer: inout JSONWriter) {
    writer.key("tool_choice")
    writer.string(choice)
  }

  private mutating func writeChoice(_ name: JSONValue, to writer: inout JSONWriter) {
    writer.key("tool_choice")
    writer.beginObject()
    writer.key("type")
    writer.string("function")
    writer.key("function")
    writer.beginObject()
    writer.key("name")
    names.write(upstreamNameOf: name, reserved: capabilities.reservedToolName, to: &writer)
    writer.endObject()
    writer.endObject()
  }

  private mutating func write(_ tool: Tool, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.members("\"type\":\"function\"")
    writer.key("function")
    writer.beginObject()
    if let name = tool.definition["name"] {
      writer.key("name")
      names.write(upstreamNameOf: name, reserved: capabilities.reservedToolName, to: &writer)
    }
    if let description = tool.definition["description"], description.kind == .string {
      writer.key("description")
      writer.value(description)
    } else if let known = tool.known {
      writer.key("description")
      writer.string(known.description)
    }
    writer.key("parameters")
    if let known = tool.known {
      writer.rawValue(known.parameters)
    } else {
      write(schema: tool.definition["input_schema"], to: &writer)
    }
    writer.endObject()
    writer.endObject()
  }

  /// Copies a schema as it stands, but that its root is an object with properties and has no `$schema`.
  private func write(schema: JSONValue?, to writer: inout JSONWriter) {
    guard let schema, schema.kind == .object else {
      writer.rawValue("{\"type\":\"object\",\"properties\":{}}")
      return
    }
    var hasType = false
    var hasProperties = false
    // Where `$schema` stands, and what follows it.
    var dialects = 0
    var afterDialect: JSONValue?
    var isFirst = true
    for (key, _) in schema.members {
      if dialects == 1, afterDialect == nil { afterDialect = key }
      if key.equals("type") {
        hasType = true
      } else if key.equals("properties") {
        hasProperties = true
      } else if key.equals("$schema") {
        dialects += isFirst ? 1 : 2
      }
      isFirst = false
    }
    if hasType, hasProperties {
      if dialects == 0 {
        writer.value(schema)
        return
      }
      if dialects == 1, let afterDialect {
        // As everybody writes it: at the beginning.
        writer.beginObject()
        writer.members(of: schema, from: afterDialect)
        writer.endObject()
        return
      }
    }
    writer.beginObject()
    if !hasType {
      writer.key("type")
      writer.string("object")
    }
    for (key, value) in schema.members where !key.equals("$schema") {
      writer.key(copying: key)
      writer.value(value)
    }
    if !hasProperties {
      writer.key("properties")
      writer.rawValue("{}")
    }
    writer.endObject()
  }
}

extension ToolNameMap {
  /// Writes what the tool that the client calls `name` is called upstream, and notes it if that differs.
  mutating func write(upstreamNameOf name: JSONValue, reserved: StaticString, to writer: inout JSONWriter) {
    if !name.hasEscapes, name.withRawString({ ToolNameMap.isUsable($0, reserved: reserved) }) {
      writer.value(name)
      return
    }
    var upstream = name.decodedBytes
    if !ToolNameMap.isUsable(upstream.span, reserved: reserved) {
      upstream = ToolNameMap.upstreamName(for: upstream)
      add(upstream: upstream, original: name.rawStringBytes)
    }
    writer.beginString()
    writer.appendEscaped(upstream)
    writer.endString()
  }
}
