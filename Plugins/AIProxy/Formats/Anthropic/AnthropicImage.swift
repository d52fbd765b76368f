import JSON

/// Images, by their `source`.
enum AnthropicImage {
  /// What stands for an image that the model cannot see, escaped.
  static let placeholder = Array("[image left out: this model cannot see images]".utf8)

  /// Whether an image's source is one that can go upstream: its data, or a URL.
  static func isUsable(_ source: JSONValue) -> Bool {
    guard let type = source["type"] else { return false }
    if type.equals("base64") {
      return (source["media_type"]?.isNonEmptyString ?? false) && (source["data"]?.isNonEmptyString ?? false)
    }
    return type.equals("url") && (source["url"]?.isNonEmptyString ?? false)
  }

  /// Writes the URL of a usable source.
  static func write(urlOf source: JSONValue, to writer: inout JSONWriter) {
    if let url = source["url"] {
      writer.value(url)
      return
    }
    writer.beginString()
    writer.bytes.append("data:")
    if let type = source["media_type"] { writer.appendRawString(of: type) }
    writer.bytes.append(";base64,")
    if let data = source["data"] { writer.appendRawString(of: data) }
    writer.endString()
  }
}
