import JSON

/// The number of prompt tokens of a request, and how many of them an earlier request had at the same place.
///
/// A token is four characters. The prompt is read as the model would read it (tools, then messages), and hashed at
/// every 256 tokens; leading blocks that were seen before count as cached. So a translation whose output is not stable
/// from turn to turn shows in `cached_tokens`.
struct PromptUsage {
  /// All prompt tokens.
  let tokens: Int
  /// Those that were cached.
  let cached: Int
  /// Those that an explicit `cache_control` marker put into the cache; `nil` without a marker.
  let created: Int?

  init(_ root: JSONNode, cache: PrefixCache) {
    var scanner = PrefixScanner()
    scanner.feed(root["model"]?.string ?? "")
    if let tools = root["tools"] { scanner.feed(tools) }
    for message in root["messages"]?.array ?? [] { scanner.feed(message) }
    tokens = max(1, (scanner.characters + 3) / 4)
    let blocks = cache.remember(scanner.boundaries)
    cached = min(blocks * PrefixScanner.blockTokens, tokens)
    // Explicit caching needs at least 1024 tokens.
    if let marked = scanner.markedCharacters.map({ $0 / 4 }), marked >= 1024 {
      created = max(0, marked - cached)
    } else {
      created = nil
    }
  }
}

/// Reads a prompt, counts its characters, and hashes its prefixes.
private struct PrefixScanner {
  static let blockTokens = 256
  /// A power of two.
  private static let blockCharacters = blockTokens * 4

  private(set) var characters = 0
  /// The hash of the prefix up to each full block.
  private(set) var boundaries: [UInt64] = []
  /// Where the last `cache_control` marker stood.
  private(set) var markedCharacters: Int?
  /// FNV-1a.
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func feed(_ text: String) {
    // Local, because this loop reads every byte of every prompt.
    var hash = hash
    var characters = characters
    var text = text
    text.withUTF8 { bytes in
      for index in bytes.indices {
        let byte = unsafe bytes[index]
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        guard byte & 0xC0 != 0x80 else { continue }
        characters &+= 1
        if characters & (Self.blockCharacters - 1) == 0 { boundaries.append(hash) }
      }
    }
    // Separates values without counting.
    self.hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
    self.characters = characters
  }

  mutating func feed(_ node: JSONNode) {
    switch node.content {
    case .null: feed("null")
    case .boolean(let value): feed(value ? "true" : "false")
    case .number(let text): feed(text)
    case .string(let text): feed(text)
    case .array(let elements): for element in elements { feed(element) }
    case .object(let members):
      // An image costs a flat number of tokens, not the length of its encoding.
      if let url = node["image_url"]?["url"]?.string {
        feed(String(url.prefix(Self.blockCharacters)))
        return
      }
      for member in members where member.name != "cache_control" {
        feed(member.name)
        feed(member.value)
      }
      if node["cache_control"]?["type"]?.string == "ephemeral" { markedCharacters = characters }
    }
  }
}

/// The prefixes of earlier prompts.
final class PrefixCache: Sendable {
  private let seen = Lock(Set<UInt64>())
  /// Beyond this many prefixes the cache starts over.
  private static let limit = 200_000

  /// Adds prefixes; returns how many of the first ones were there already.
  func remember(_ prefixes: [UInt64]) -> Int {
    if prefixes.isEmpty { return 0 }
    return seen.withLock { seen in
      let known = prefixes.prefix { seen.contains($0) }.count
      if seen.count > Self.limit { seen.removeAll(keepingCapacity: true) }
      seen.formUnion(prefixes)
      return known
    }
  }

  /// Forgets everything.
  func clear() {
    seen.withLock { $0.removeAll() }
  }
}
