/// What an upstream's error says of the largest `max_tokens` that its model takes.
enum OutputLimit {
  /// The limit that a message names, or `nil`: DashScope's `Range of max_tokens should be [1, 8192]`, and OpenAI's
  /// `This model supports at most 16384 completion tokens`.
  static func parse(_ message: String) -> Int? {
    guard message.contains(text: "max_tokens") else { return nil }
    for mark in ["max_tokens should be [1,", "supports at most "] {
      guard let range = message.range(ofText: mark) else { continue }
      let digits = message[range.upperBound...].drop { $0 == " " }.prefix { $0.isASCII && $0.isNumber }
      if let limit = Int(digits), limit > 0 { return limit }
    }
    return nil
  }
}
