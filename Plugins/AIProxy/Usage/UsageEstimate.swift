/// Usage when the upstream reports none, as an answer that broke off.
enum UsageEstimate {
  /// Four bytes make a token, which is near enough for a record that is marked as an estimate.
  static func usage(promptTokens: Int, producedByteCount: Int) -> Usage {
    var usage = Usage()
    usage.promptTokens = promptTokens
    usage.completionTokens = (producedByteCount + 3) / 4
    return usage
  }
}
