import JSON

/// What the content of a message may be.
enum ContentRules {
  private static let imageTypes = ["jpeg", "jpg", "png", "gif", "webp", "bmp", "tiff", "heic"]
  /// The largest image, encoded.
  private static let imageLimit = 10 * 1024 * 1024

  static func check(_ content: JSONNode, role: String, at index: Int, model: Model) throws(ServiceError) {
    if content.string != nil { return }
    guard let parts = content.array else { throw .parameter("input content must be a string") }
    // A text-only model takes parts only where explicit caching needs them, and none with images.
    let caches = parts.contains { $0["cache_control"]?.present != nil }
    let hasMedia = parts.contains { $0["type"]?.string != "text" }
    if !model.vision {
      if hasMedia { throw .parameter("Unexpected item type in content.") }
      if !caches { throw .parameter("input content must be a string") }
    }
    guard !parts.isEmpty else { throw .parameter("[] is too short - 'messages.[\(index)].content'") }
    for part in parts {
      switch part["type"]?.string {
      case "text":
        guard part["text"]?.string != nil else {
          throw .parameter("'text' is a required property - 'messages.[\(index)].content'")
        }
      case "image_url" where role == "user": try checkImage(part)
      case "video_url" where role == "user", "video" where role == "user", "input_audio" where role == "user": break
      default: throw .parameter("Unexpected item type in content.")
      }
      if let marker = part["cache_control"]?.present, marker["type"]?.string != "ephemeral" {
        throw .parameter("cache_control.type must be ephemeral")
      }
    }
  }

  private static func checkImage(_ part: JSONNode) throws(ServiceError) {
    let invalid = ServiceError.parameter(
      "The provided URL does not appear to be valid. Ensure it is correctly formatted.")
    guard let url = part["image_url"]?["url"]?.string else { throw invalid }
    if url.hasPrefix("http://") || url.hasPrefix("https://") || url.hasPrefix("oss://") {
      guard url.utf8.count > 10 else { throw invalid }
      return
    }
    guard url.hasPrefix("data:"), let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else { throw invalid }
    let type = url[..<comma].dropFirst(5)
    guard type.hasSuffix(";base64"), type.hasPrefix("image/"),
      imageTypes.contains(String(type.dropFirst(6).dropLast(7)).lowercased())
    else { throw invalid }
    guard url.utf8.count <= imageLimit else {
      throw .parameter("Multimodal file size is too large")
    }
    guard isBase64(url.utf8[url.utf8.index(after: comma)...]) else { throw invalid }
  }

  /// RFC 4648 §4, with padding.
  private static func isBase64(_ text: Substring.UTF8View) -> Bool {
    var count = 0
    var padding = 0
    for byte in text {
      count += 1
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2B, 0x2F: if padding > 0 { return false }
      case 0x3D: padding += 1
      default: return false
      }
    }
    return count > 0 && count % 4 == 0 && padding <= 2
  }
}
