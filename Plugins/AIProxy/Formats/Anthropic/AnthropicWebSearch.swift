import JSON

/// A web search that the provider made for the model, in the blocks that Anthropic's own search leaves: `server_tool_use` with
/// the query, and `web_search_tool_result` with what was found.
///
/// DashScope searches when it is told to (`enable_search`) and works what it finds into the text. Its OpenAI-compatible
/// interface does not say where the text comes from; servers that do have it in `search_info`.
struct AnthropicWebSearch: Sendable {
  /// What the request asked for.
  enum Demand: Sendable {
    case none
    /// The model decides.
    case allowed
    /// There is no other tool: this is a call for a search, as Claude Code's WebSearch makes them.
    case forced
  }

  var demand = Demand.none
  /// What is searched for, escaped: the user's last words.
  var query: [UInt8] = []
  /// The elements of the result block's `content`, once the upstream has told them.
  private(set) var results: [UInt8] = []
  /// Whether the blocks were written, or are to be.
  private(set) var isTold = false

  /// Longer words are not a query.
  private static let queryLimit = 1000
  /// Before the query of Claude Code's WebSearch.
  private static let preamble: StaticString = "Perform a web search for the query: "

  /// Notes the user's last words.
  mutating func setQuery(_ text: JSONValue) {
    text.withRawString { raw in
      let start = raw.starts(with: Self.preamble) ? Self.preamble.utf8CodeUnitCount : 0
      guard raw.count - start <= Self.queryLimit else { return }
      query.append(raw.extracting(start..<raw.count))
    }
  }

  /// Takes the upstream's `search_results`; returns whether there is something to tell, which is so once.
  mutating func take(_ value: JSONValue) -> Bool {
    guard !isTold, demand != .none else { return false }
    for result in value.elements {
      guard let url = result["url"], url.isNonEmptyString else { continue }
      if !results.isEmpty { results.append(",") }
      results.append("{\"type\":\"web_search_result\",\"url\":\"")
      url.appendRawString(to: &results)
      results.append("\",\"title\":\"")
      (result["title"] ?? result["site_name"])?.appendRawString(to: &results)
      results.append("\",\"encrypted_content\":\"\",\"page_age\":null}")
    }
    if !results.isEmpty { isTold = true }
    return isTold
  }

  /// At the end of an answer: whether a search that must have been made is still to be told of, without results.
  mutating func takeUntold() -> Bool {
    guard !isTold, demand == .forced else { return false }
    isTold = true
    return true
  }

  /// How many searches `usage` shows.
  var count: Int { isTold ? 1 : 0 }

  /// The call's input.
  var input: [UInt8] {
    var input: [UInt8] = []
    input.append("{\"query\":\"")
    input.append(contentsOf: query)
    input.append("\"}")
    return input
  }

  /// Appends the call's id, as unique as the message's.
  static func appendIdentifier(of answer: AnthropicAnswer, to output: inout [UInt8]) {
    output.append("srvtoolu_")
    output.append(contentsOf: answer.messageIdentifier.utf8.dropFirst(4))
  }

  /// Appends the fields of the result block.
  func appendResult(of answer: AnthropicAnswer, to output: inout [UInt8]) {
    output.append("web_search_tool_result\",\"tool_use_id\":\"")
    Self.appendIdentifier(of: answer, to: &output)
    output.append("\",\"content\":[")
    output.append(contentsOf: results)
    output.append("]}")
  }
}
