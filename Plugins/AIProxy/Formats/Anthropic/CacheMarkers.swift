import JSON

/// Which of a request's `cache_control` markers go upstream: where a provider is to end the prefixes that it caches.
///
/// Anthropic's and DashScope's are alike, but DashScope takes four, knows no `ttl`, and has none on tools. The last ones
/// count: they are at the end of the conversation, which grows there.
struct CacheMarkers {
  private static let limit = 4

  private let isOn: Bool
  private var skipCount = 0
  /// How many go upstream.
  private(set) var count = 0

  /// - Parameter isOn: whether any go upstream.
  init(isOn: Bool, system: JSONValue?, messages: JSONValue) {
    self.isOn = isOn
    guard isOn else { return }
    var total = 0
    for block in system?.elements ?? JSONElements.none(of: messages) where Self.isMarked(block) { total += 1 }
    for message in messages.elements {
      for block in message["content"]?.elements ?? JSONElements.none(of: messages) where Self.isMarked(block) {
        total += 1
      }
    }
    skipCount = max(0, total - Self.limit)
  }

  /// Whether a block that is being written is to be marked.
  mutating func take(_ block: JSONValue) -> Bool {
    guard isOn, Self.isMarked(block) else { return false }
    guard skipCount == 0 else {
      skipCount -= 1
      return false
    }
    guard count < Self.limit else { return false }
    count += 1
    return true
  }

  private static func isMarked(_ block: JSONValue) -> Bool { block["cache_control"]?.kind == .object }

  /// Writes the member of a content part that marks it.
  static func write(to writer: inout JSONWriter) {
    writer.key("cache_control")
    writer.rawValue("{\"type\":\"ephemeral\"}")
  }
}
