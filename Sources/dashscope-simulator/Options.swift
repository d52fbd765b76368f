/// What the command line asked for.
struct Options: Sendable {
  /// The IPv4 address to listen on.
  var host = "127.0.0.1"
  /// The port to listen on; 0 lets the kernel choose.
  var port: UInt16 = 9100
  /// The keys that are accepted; when empty, any non-blank bearer is.
  var keys: [String] = []
  /// A file of fault rules to start with.
  var scriptPath: String?
  /// A file that receives one JSON line for each request.
  var recordPath: String?
  /// Models on top of the built-in table, which they may replace.
  var models: [Model] = []
  /// Milliseconds before the first event of a stream, or before a one-shot body.
  var firstTokenDelay = 0
  /// Milliseconds between the events of a stream.
  var tokenDelay = 0
  /// Whether Anthropic-shaped fields are refused, although the real service would ignore them.
  var strictFields = true
  /// Whether events without a delay between them share a write.
  var coalesce = false
  /// How many requests are remembered for `GET /simulator/requests`.
  var keep = 1000

  /// Why a command line was refused.
  struct Refusal: Error {
    /// What was wrong, for a human.
    let message: String
  }

  /// Reads a command line.
  ///
  /// - Returns: the options, or `nil` when `--help` was asked for.
  static func parse(_ arguments: [String]) throws(Refusal) -> Options? {
    var options = Options()
    var rest = arguments[...]
    while let word = rest.popFirst() {
      var name = word
      var inline: String?
      if word.hasPrefix("--"), let equals = word.firstIndex(of: "=") {
        name = String(word[..<equals])
        inline = String(word[word.index(after: equals)...])
      }
      func value() throws(Refusal) -> String {
        if let inline { return inline }
        guard let next = rest.popFirst() else { throw Refusal(message: "\(name) needs a value") }
        return next
      }
      func number() throws(Refusal) -> Int {
        let text = try value()
        guard let number = Int(text), number >= 0, number <= 86_400_000 else {
          throw Refusal(message: "\(name): '\(text)' is not a whole number of a sensible size")
        }
        return number
      }
      switch name {
      case "--help", "-h": return nil
      case "--listen":
        let text = try value()
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
          throw Refusal(message: "--listen: '\(text)' is not ADDRESS:PORT")
        }
        options.host = String(text[..<colon])
        options.port = port
      case "--api-key": options.keys.append(try value())
      case "--script": options.scriptPath = try value()
      case "--record": options.recordPath = try value()
      case "--model":
        let text = try value()
        guard let model = Model(commandLine: text) else {
          throw Refusal(message: "--model: '\(text)' is not NAME=CONTEXT,MAX_OUTPUT[,vision][,thinking][,required]")
        }
        options.models.append(model)
      case "--first-token-delay": options.firstTokenDelay = try number()
      case "--token-delay": options.tokenDelay = try number()
      case "--strict-fields":
        let text = inline ?? "on"
        guard text == "on" || text == "off" else { throw Refusal(message: "--strict-fields is on or off") }
        options.strictFields = text == "on"
      case "--no-strict-fields": options.strictFields = false
      case "--coalesce": options.coalesce = true
      case "--keep": options.keep = try number()
      default: throw Refusal(message: "unknown option \(word)")
      }
    }
    return options
  }
}
