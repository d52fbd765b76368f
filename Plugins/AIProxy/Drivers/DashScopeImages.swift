import JSON

/// Images by DashScope's own interface: OpenAI's form in, OpenAI's form out.
enum DashScopeImages {
  /// The request for DashScope.
  /// - Parameter body: OpenAI's.
  /// - Throws: 400 when there is no prompt.
  static func request(
    _ body: [UInt8], route: AIProxyConfiguration.RouteType, json: JSONReader
  ) throws(Failure) -> [UInt8] {
    let result = json.read(body.span) { root -> [UInt8]? in
      guard let prompt = root["prompt"], prompt.isNonEmptyString, let model = root["model"] else { return nil }
      var writer = JSONWriter(reservingCapacity: body.count + 128)
      writer.beginObject()
      writer.key("model")
      writer.value(model)
      writer.key("input")
      writer.beginObject()
      if route == .imageEdits {
        writeEdit(root, prompt: prompt, to: &writer)
      } else {
        writeMessage(root, prompt: prompt, to: &writer)
      }
      writer.endObject()
      writeParameters(root, to: &writer)
      writer.endObject()
      return writer.bytes
    }
    guard let result = result ?? nil else {
      throw Failure(.invalidRequest, "request body doesn't contain valid prompts")
    }
    return result
  }

  private static func writeMessage(_ root: JSONValue, prompt: JSONValue, to writer: inout JSONWriter) {
    writer.key("messages")
    writer.beginArray()
    writer.beginObject()
    writer.key("role")
    writer.string("user" as StaticString)
    writer.key("content")
    writer.beginArray()
    for image in images(root) {
      writer.beginObject()
      writer.key("image")
      writer.value(image)
      writer.endObject()
    }
    writer.beginObject()
    writer.key("text")
    writer.value(prompt)
    writer.endObject()
    writer.endArray()
    writer.endObject()
    writer.endArray()
  }

  private static func writeEdit(_ root: JSONValue, prompt: JSONValue, to writer: inout JSONWriter) {
    writer.key("prompt")
    writer.value(prompt)
    writer.key("function")
    if let function = root["function"], function.isNonEmptyString {
      writer.value(function)
    } else {
      writer.string(root["mask"] == nil ? "description_edit" : "description_edit_with_mask" as StaticString)
    }
    if let image = images(root).first {
      writer.key("base_image_url")
      writer.value(image)
    }
    if let mask = root["mask"], mask.isNonEmptyString {
      writer.key("mask_image_url")
      writer.value(mask)
    }
  }

  /// `image`: a URL, or several.
  private static func images(_ root: JSONValue) -> [JSONValue] {
    guard let image = root["image"] else { return [] }
    if image.isNonEmptyString { return [image] }
    return image.elements.filter(\.isNonEmptyString)
  }

  private static func writeParameters(_ root: JSONValue, to writer: inout JSONWriter) {
    writer.key("parameters")
    writer.beginObject()
    if let size = root["size"]?.string, !size.isEmpty, size != "auto" {
      writer.key("size")
      // `1024x1024` is `1024*1024` there.
      writer.string(String(size.map { $0 == "x" ? "*" : $0 }))
    }
    for name in ["n", "seed", "negative_prompt", "prompt_extend", "watermark", "strength"] as [StaticString] {
      guard let value = root[name], !value.isNull else { continue }
      writer.key(name)
      writer.value(value)
    }
    writer.endObject()
  }

  /// The answer in OpenAI's form; `nil` when it is none. A task that goes on is told as it is: its id is all there is.
  static func answer(_ body: [UInt8], created: Int, json: JSONReader) -> [UInt8]? {
    json.read(body.span) { root -> [UInt8]? in
      guard let output = root["output"] else { return nil }
      var writer = JSONWriter(reservingCapacity: body.count + 128)
      writer.beginObject()
      writer.key("created")
      writer.integer(created)
      writer.key("data")
      writer.beginArray()
      for url in urls(output) {
        writer.beginObject()
        writer.key("url")
        writer.value(url)
        writer.endObject()
      }
      writer.endArray()
      for name in ["task_id", "task_status"] as [StaticString] {
        guard let value = output[name] else { continue }
        writer.key(name)
        writer.value(value)
      }
      if let usage = root["usage"], let counts = UsageReader.read(usage), counts.totalOrSum > 0 {
        writer.key("usage")
        writer.beginObject()
        writer.key("input_tokens")
        writer.integer(counts.promptTokens)
        writer.key("output_tokens")
        writer.integer(counts.completionTokens)
        writer.key("total_tokens")
        writer.integer(counts.totalOrSum)
        writer.endObject()
      }
      writer.endObject()
      return writer.bytes
    } ?? nil
  }

  private static func urls(_ output: JSONValue) -> [JSONValue] {
    var urls: [JSONValue] = []
    for choice in output["choices"]?.elements ?? JSONElements.none(of: output) {
      for part in choice["message"]?["content"]?.elements ?? JSONElements.none(of: output) {
        if let image = part["image"], image.isNonEmptyString { urls.append(image) }
      }
    }
    for result in output["results"]?.elements ?? JSONElements.none(of: output) {
      if let url = result["url"], url.isNonEmptyString { urls.append(url) }
    }
    return urls
  }
}
