import CToriiPlugin
import ToriiPlugin

/// `body-rewrite`: replaces a text in bodies, while they flow through.
///
/// A body is never held back, except for what may yet become the text: Knuth, Morris and Pratt's search keeps one number
/// between pieces, so that the result does not depend on how the body was cut.
final class BodyRewrite: ConfiguredPlugin {
  struct Configuration: PluginConfiguration {
    var find: String
    var replace: String?
    /// In request content.
    var request: Bool?
    /// In response content.
    var response: Bool?

    static let rules: [String: [ConfigurationRule]] = [
      "find": [.minimumLength(1), .maximumLength(64)],
      "replace": [ConfigurationRule("default", ""), .maximumLength(1024)],
      "request": [ConfigurationRule("default", false)], "response": [ConfigurationRule("default", true)],
    ]
  }

  /// How many bytes of `find` the bodies so far end with: they were not passed on.
  struct State: RequestState {
    var requestMatched = 0
    var responseMatched = 0
  }

  static let descriptor = PluginDescriptor(
    name: "body-rewrite", version: "1.0.0", priority: 200, phases: [.access, .requestBody, .bodyFilter],
    responseBody: .stream, needs: [.headers, .body], vendor: "Torii",
    summary: "Replaces a text in bodies while they flow through", license: "Apache-2.0")

  private let find: [UInt8]
  private let replacement: [UInt8]
  /// How much of `find` still matches when the byte after its first n does not.
  private let fallback: [Int]

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    let find = Array(configuration.find.utf8)
    replacement = Array((configuration.replace ?? "").utf8)
    guard find != replacement else {
      throw PluginError(.configuration, "is the same as find: nothing would change", pointer: "/replace")
    }
    var fallback = Array(repeating: 0, count: find.count + 1)
    var length = 0
    for place in 1..<max(1, find.count) {
      while length > 0, find[place] != find[length] { length = fallback[length] }
      if find[place] == find[length] { length += 1 }
      fallback[place + 1] = length
    }
    self.find = find
    self.fallback = fallback
    context.requestBody = configuration.request ?? false ? .stream : .none
    context.responseBody = configuration.response ?? true ? .stream : .none
  }

  func access(_ request: Request, _ state: inout State) throws(PluginError) -> Action {
    // Compressed content could not be searched.
    try request.upstreamHeaders.remove("Accept-Encoding")
    return .continue
  }

  func requestBody(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action {
    try rewrite(request, piece, &state.requestMatched)
  }

  func bodyFilter(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action {
    try rewrite(request, piece, &state.responseMatched)
  }

  private func rewrite(_ request: Request, _ piece: BodyPiece, _ matched: inout Int) throws(PluginError) -> Action {
    var output: [UInt8] = []
    output.reserveCapacity(piece.count + matched)
    for part in piece {
      for byte in part {
        while matched > 0, byte != find[matched] {
          output += find[..<(matched - fallback[matched])]
          matched = fallback[matched]
        }
        if byte == find[matched] { matched += 1 } else { output.append(byte) }
        if matched == find.count {
          output += replacement
          matched = 0
        }
      }
    }
    if piece.isLast {
      output += find[..<matched]
      matched = 0
    }
    if !output.isEmpty { try request.emit(output) }
    // What was emitted takes the piece's place, also when that is nothing: .continue would then pass the piece itself.
    return .hold
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<BodyRewrite>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
