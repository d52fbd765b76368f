import CToriiPlugin
import ToriiPlugin

/// `token-counter`: notes how many tokens an LLM's answer says that it took.
///
/// It reads the object `usage` of OpenAI's and Anthropic's answers, whole or streamed, as they flow by: unchanged, nothing is
/// held or copied, and it does not matter how the body was cut. The last numbers count: in a stream they are the final ones.
final class TokenCounter: ConfiguredPlugin {
  struct Configuration: PluginConfiguration {
    /// Where in the log record `{"prompt":…,"completion":…,"total":…}` goes.
    var key = "tokens"

    static let defaults: Self? = Self()
    static let rules: [String: [ConfigurationRule]] = ["key": [.minimumLength(1), .maximumLength(128)]]
  }

  typealias State = UsageReader

  static let descriptor = PluginDescriptor(
    // After what translates answers, before what writes records.
    name: "token-counter", version: "1.0.0", priority: 50, phases: [.access, .bodyFilter, .log],
    responseBody: .observe, needs: [.headers, .log], vendor: "Torii",
    summary: "Notes how many tokens an LLM's answer took", license: "Apache-2.0")

  private let key: String
  private let promptTokens: Counter
  private let completionTokens: Counter
  private let answerTokens: Histogram

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    key = configuration.key
    let isDotted = key.utf8.allSatisfy {
      ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 95 || $0 == 46
    }
    guard !key.isEmpty, isDotted else {
      throw PluginError(.configuration, "is not a dotted key of a-z, 0-9 and _", pointer: "/key")
    }
    let host = context.handle.host
    let tokens = try host.defineCounter("tokens_total", help: "Tokens of prompts and of answers.")
    promptTokens = try tokens.labelled(["type": "prompt"])
    completionTokens = try tokens.labelled(["type": "completion"])
    answerTokens = try host.defineHistogram(
      "answer_tokens", help: "Tokens of an answer.", bounds: [10, 100, 1000, 10000])
  }

  func access(_ request: Request, _ state: inout State) throws(PluginError) -> Action {
    // Compressed content could not be read.
    try request.upstreamHeaders.remove("Accept-Encoding")
    return .continue
  }

  func bodyFilter(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action {
    for part in piece {
      for byte in part { state.read(byte) }
    }
    return .continue
  }

  func log(_ request: Request, _ state: inout State) throws(PluginError) {
    guard state.isFound else { return }
    promptTokens.add(Double(state.prompt))
    completionTokens.add(Double(state.completion))
    answerTokens.observe(Double(state.completion))
    try request.log.set(
      key,
      json:
        #"{"prompt":\#(state.prompt),"completion":\#(state.completion),"total":\#(state.prompt + state.completion)}"#)
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<TokenCounter>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
