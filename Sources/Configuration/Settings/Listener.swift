/// An address on which the gateway listens, as `proxy_listen` and its like write it: `127.0.0.1:8443 ssl reuseport backlog=16384`.
public struct Listener: Hashable, Sendable, CustomStringConvertible {
  /// The address or name; IPv6 without brackets.
  public var host: String
  /// The port; 0: any free one.
  public var port: Int
  /// Whether TLS is spoken.
  public var isTLS: Bool
  /// Whether every worker has a socket of its own (`SO_REUSEPORT`).
  public var reusesPort: Bool
  /// How many connections may wait to be accepted; `nil`: the system's own limit.
  public var backlog: Int?
  /// Whether connections start with a line of the PROXY protocol.
  public var usesProxyProtocol: Bool

  /// Makes a listener.
  public init(
    host: String, port: Int, isTLS: Bool = false, reusesPort: Bool = false, backlog: Int? = nil,
    usesProxyProtocol: Bool = false
  ) {
    self.host = host
    self.port = port
    self.isTLS = isTLS
    self.reusesPort = reusesPort
    self.backlog = backlog
    self.usesProxyProtocol = usesProxyProtocol
  }

  /// Why a text is no listener.
  public struct Fault: Error, Hashable, Sendable {
    /// What is wrong.
    public let message: String
    /// A way out.
    public let hint: String?
  }

  private static let flags = ["ssl", "reuseport", "backlog=…", "proxy_protocol", "deferred", "bind", "http2"]

  /// Reads one listener.
  public init(parsing text: String) throws(Fault) {
    var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard !words.isEmpty else { throw Fault(message: "missing address", hint: "write it like 127.0.0.1:8000") }
    let address = words.removeFirst()
    guard let host = try? HostText(parsing: address) else {
      throw Fault(message: "'\(address)' is no address with a port", hint: "write it like 127.0.0.1:8000 or [::1]:8000")
    }
    guard let port = host.port else {
      throw Fault(message: "'\(address)' has no port", hint: "write it like \(address):8000")
    }
    self.init(host: host.host, port: port)
    for word in words {
      switch word {
      case "ssl": isTLS = true
      case "reuseport": reusesPort = true
      case "proxy_protocol": usesProxyProtocol = true
      // The kernel decides these for us, or they are how we always work.
      case "deferred", "bind": break
      case "http2":
        throw Fault(message: "HTTP/2 is not spoken yet", hint: "remove 'http2'")
      case _ where word.hasPrefix("backlog="):
        guard let count = Int(word.dropFirst("backlog=".count)), count > 0 else {
          throw Fault(message: "'\(word)' is no backlog", hint: "write it like backlog=16384")
        }
        backlog = count
      case _ where word.hasPrefix("so_keepalive=") || word.hasPrefix("ipv6only="): break
      default:
        throw Fault(
          message: "unknown flag '\(word)'",
          hint: Suggestion.hint(for: word, among: Self.flags) ?? "there are \(Self.flags.joined(separator: ", "))")
      }
    }
  }

  /// Reads a list of listeners, separated by commas; `off` is none.
  public static func list(parsing text: String) throws(Fault) -> [Listener] {
    if ["off", ""].contains(text.trimmed) { return [] }
    var listeners: [Listener] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let listener = try Listener(parsing: String(part))
      if listener.port != 0, listeners.contains(where: { $0.host == listener.host && $0.port == listener.port }) {
        throw Fault(message: "\(listener.address) is listed twice", hint: nil)
      }
      listeners.append(listener)
    }
    return listeners
  }

  /// The address with its port: `127.0.0.1:8000`, `[::1]:8000`.
  public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The listener as it would be written.
  public var description: String {
    address + (isTLS ? " ssl" : "") + (usesProxyProtocol ? " proxy_protocol" : "") + (reusesPort ? " reuseport" : "")
      + (backlog.map { " backlog=\($0)" } ?? "")
  }
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return String(text)
  }
}
