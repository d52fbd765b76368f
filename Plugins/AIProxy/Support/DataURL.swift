/// A `data:` URL (RFC 2397) whose content is base64.
struct DataURL {
  let mediaType: [UInt8]
  let content: [UInt8]

  /// - Returns: `nil` when `url` is something else.
  init?(_ url: [UInt8]) {
    guard url.starts(with: Array("data:".utf8)), let comma = url.firstIndex(of: UInt8(ascii: ",")) else { return nil }
    let head = url[5..<comma]
    let marker = Array(";base64".utf8)
    guard head.count >= marker.count, head.suffix(marker.count).elementsEqual(marker) else { return nil }
    // Further parameters, as a character set, are of no use to a model.
    let type = head.dropLast(marker.count).prefix { $0 != UInt8(ascii: ";") }
    mediaType = type.isEmpty ? Array("application/octet-stream".utf8) : Array(type)
    content = Array(url[(comma + 1)...])
  }
}
