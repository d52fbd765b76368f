import JSON

/// The ranges and kinds of sampling and transport parameters. A parameter that is `null` counts as left out.
enum ParameterRules {
  static func check(_ root: JSONNode, model: Model) throws(ServiceError) {
    try checkStreaming(root)
    for name in ["max_tokens", "max_completion_tokens"] {
      guard let node = root[name]?.present else { continue }
      guard let value = node.integer else { throw .parameter("\(name) must be an integer") }
      guard value >= 1, value <= model.outputLimit else {
        throw .parameter("Range of \(name) should be [1, \(model.outputLimit)]")
      }
    }
    if let value = try number("temperature", root), !(value >= 0 && value < 2) {
      throw .parameter("Temperature should be in [0.0, 2.0)")
    }
    if let value = try number("top_p", root), !(value > 0 && value <= 1) {
      throw .parameter("Range of top_p should be (0.0, 1.0]")
    }
    if let node = root["top_k"]?.present, (node.integer ?? -1) < 0 {
      throw .parameter("Parameter top_k be greater than or equal to 0")
    }
    for name in ["presence_penalty", "frequency_penalty"] {
      if let value = try number(name, root), !(value >= -2 && value <= 2) {
        let spelled = name == "presence_penalty" ? "Presence_penalty" : "Frequency_penalty"
        throw .parameter("\(spelled) should be in [-2.0, 2.0]")
      }
    }
    if let value = try number("repetition_penalty", root), !(value > 0) {
      throw .parameter("Repetition_penalty should be greater than 0.0")
    }
    if let node = root["seed"]?.present {
      guard let value = node.integer, value >= 0, value <= 2_147_483_647 else {
        throw .parameter("Range of seed should be [0, 2147483647]")
      }
    }
    try checkCount(root)
    try checkStop(root)
    try checkFormat(root)
    if root["parallel_tool_calls"]?.present != nil, root["parallel_tool_calls"]?.boolean == nil {
      throw .parameter("parallel_tool_calls must be a boolean")
    }
  }

  private static func checkStreaming(_ root: JSONNode) throws(ServiceError) {
    let stream = root["stream"]?.present
    if let stream, stream.boolean == nil { throw .parameter("stream must be a boolean") }
    if let options = root["stream_options"]?.present {
      guard stream?.boolean == true else {
        throw .parameter("'stream_options' only set this when you set stream: true")
      }
      guard options.members != nil else { throw .parameter("stream_options must be an object") }
    }
    // Parameters of the native API.
    for name in ["incremental_output", "result_format", "parameters", "input"] where root[name]?.present != nil {
      throw .request("Unrecognized request argument supplied: \(name)")
    }
  }

  private static func checkCount(_ root: JSONNode) throws(ServiceError) {
    guard let node = root["n"]?.present else { return }
    guard let count = node.integer, count >= 1, count <= 4 else { throw .parameter("Range of n should be [1, 4]") }
    if count > 1, root["tools"]?.array?.isEmpty == false { throw .parameter("n should be 1 when tools are set") }
  }

  private static func checkStop(_ root: JSONNode) throws(ServiceError) {
    guard let stop = root["stop"]?.present, stop.string == nil else { return }
    guard let elements = stop.array else { throw .parameter("stop must be a string or an array") }
    let strings = elements.count { $0.string != nil }
    let numbers = elements.count { $0.integer != nil || $0.array != nil }
    guard strings == elements.count || numbers == elements.count else {
      throw .parameter("stop can't mix strings and token ids")
    }
  }

  private static func checkFormat(_ root: JSONNode) throws(ServiceError) {
    guard let format = root["response_format"]?.present else { return }
    switch format["type"]?.string {
    case "text": break
    case "json_object":
      let mentions = (root["messages"]?.array ?? []).contains { message in
        message["content"].map { String(decoding: $0.serialized(), as: UTF8.self).lowercased().contains("json") }
          ?? false
      }
      guard mentions else {
        throw .parameter(
          "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")
      }
    case "json_schema":
      guard format["json_schema"]?["name"]?.string != nil, format["json_schema"]?["schema"]?.members != nil else {
        throw .parameter("response_format.json_schema needs a name and a schema")
      }
    default: throw .parameter("response_format.type must be text, json_object or json_schema")
    }
  }

  private static func number(_ name: String, _ root: JSONNode) throws(ServiceError) -> Double? {
    guard let node = root[name]?.present else { return nil }
    guard let value = node.double else { throw .parameter("\(name) must be a number") }
    return value
  }
}
