import JSON

/// Which tools may be offered, and how one may be asked for.
enum ToolRules {
  static func check(_ root: JSONNode, model: Model) throws(ServiceError) {
    var names: Set<String> = []
    if let node = root["tools"]?.present {
      guard let tools = node.array else { throw .parameter("tools must be an array") }
      guard !tools.isEmpty else { throw .parameter("[] is too short - 'tools'") }
      for (index, tool) in tools.enumerated() { names.insert(try check(tool, at: index)) }
    }
    guard let choice = root["tool_choice"]?.present else { return }
    guard !names.isEmpty else {
      throw .parameter("When using `tool_choice`, `tools` must be set.")
    }
    if let name = choice["function"]?["name"]?.string {
      guard choice["type"]?.string == "function" else { throw .parameter("tool_choice.type must be function") }
      guard names.contains(name) else { throw .parameter("tool_choice names the unknown tool '\(name)'") }
      return
    }
    switch choice.string {
    case "auto", "none": break
    case "required" where model.acceptsRequiredTool: break
    default: throw .request("tool_choice is one of the strings that should be [\"none\", \"auto\"]")
    }
  }

  private static func check(_ tool: JSONNode, at index: Int) throws(ServiceError) -> String {
    guard tool["type"]?.string == "function" else {
      throw .parameter("'type' must be 'function' - 'tools.[\(index)].type'")
    }
    guard let function = tool["function"], function.members != nil else {
      throw .parameter("'function' is a required property - 'tools.[\(index)]'")
    }
    guard let name = function["name"]?.string else {
      throw .parameter("'name' is a required property - 'tools.[\(index)].function'")
    }
    try check(name: name)
    if let description = function["description"], description.string == nil {
      throw .parameter("description must be a string - 'tools.[\(index)].function.description'")
    }
    if let parameters = function["parameters"] {
      guard parameters.members != nil else {
        throw .parameter("parameters must be an object - 'tools.[\(index)].function.parameters'")
      }
      // The schema of arguments must be that of an object; `{}` stands for one without properties.
      if parameters.members?.isEmpty == false, parameters["type"]?.string != "object" {
        throw .parameter("parameters must be a JSON schema of type object - 'tools.[\(index)].function.parameters'")
      }
    }
    return name
  }

  /// The rules for the name of a tool.
  static func check(name: String) throws(ServiceError) {
    guard name.utf8.count <= 64 else { throw .parameter("The length of the tool name cannot exceed 64.") }
    guard name != "search" else { throw .parameter("Tool names are not allowed to be [search]") }
    let legal = name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
      default: false
      }
    }
    guard legal, !name.isEmpty else {
      throw .parameter("The tool name may only contain letters, digits, underscores and dashes: '\(name)'")
    }
  }
}
