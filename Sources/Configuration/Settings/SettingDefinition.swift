/// One setting: its name, what its value looks like, its default.
struct SettingDefinition: Sendable {
  /// What a value looks like.
  enum Kind: Sendable {
    case listeners
    case text
    case path
    /// Separated by commas.
    case list
    /// Separated by colons.
    case searchPath
    case networks
    case integer(ClosedRange<Int>)
    /// A number of workers, or `auto`.
    case count
    /// Bytes: `8k`, `10m`, `1g`; 0: without limit.
    case size
    /// `60s`, `500ms`, `2m`, `1h`; without unit: seconds.
    case duration
    case flag
    case oneOf([String])
  }

  /// The name in files; in the environment `TORII_` and the name in upper case, as a flag `--` and the name with dashes.
  let name: String
  /// Other names that are taken for it: Kong's own.
  let aliases: [String]
  let kind: Kind
  let defaultValue: String
  let summary: String

  init(_ name: String, _ kind: Kind, _ defaultValue: String, _ summary: String, aliases: [String] = []) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.summary = summary
    self.aliases = aliases
  }

  static let logLevels = ["debug", "info", "notice", "warn", "error", "crit", "alert", "emerg"]

  /// All settings, in the order in which they are described.
  static let all: [SettingDefinition] = [
    .init("prefix", .path, "", "the folder of the gateway's own state"),
    .init("declarative_config", .path, "", "the declarative file that is loaded at the start"),
    .init("log_level", .oneOf(logLevels), "notice", "what is written to the log"),
    .init("proxy_listen", .listeners, "0.0.0.0:8000", "where clients come in"),
    .init("admin_listen", .listeners, "127.0.0.1:8001", "where the Admin API listens"),
    .init("status_listen", .listeners, "127.0.0.1:8100", "where status and metrics are read"),
    .init(
      "workers", .count, "auto", "how many worker processes there are; auto: one for each core",
      aliases: ["nginx_worker_processes"]),
    .init("watch", .flag, "off", "whether changes of the declarative file and of plugin libraries take effect at once"),
    .init("plugins", .list, "bundled", "the plugins that can be used; bundled: all that are found"),
    .init("plugin_path", .searchPath, "", "where plugins are looked for, besides the folder of the executable"),
    .init(
      "headers", .list, "server_tokens, latency_tokens, X-Kong-Request-Id",
      "which headers the gateway adds to responses"),
    .init(
      "headers_upstream", .list, "X-Kong-Request-Id", "which headers the gateway adds to upstream requests"),
    .init("trusted_ips", .networks, "", "whose X-Forwarded headers are believed"),
    .init("real_ip_header", .text, "X-Real-IP", "the header with the client's address, from trusted addresses"),
    .init("real_ip_recursive", .flag, "off", "whether trusted addresses in that header are skipped"),
    .init("ssl_cert", .list, "", "files of the certificates shown when no name matches (PEM)"),
    .init("ssl_cert_key", .list, "", "files of their keys (PEM)"),
    .init(
      "ssl_trusted_certificate", .list, "system", "files of the authorities that upstreams are verified against",
      aliases: ["lua_ssl_trusted_certificate"]),
    .init(
      "ssl_verify_depth", .integer(0...64), "10",
      "how many certificates may stand between an upstream's and a trusted one",
      aliases: ["lua_ssl_verify_depth"]),
    .init("proxy_ssl_verify", .flag, "on", "whether upstreams are verified when their service does not say"),
    .init("upstream_keepalive_pool_size", .integer(0...1_000_000), "512", "idle upstream connections a worker keeps"),
    .init(
      "upstream_keepalive_max_requests", .integer(0...1_000_000_000), "10000", "requests on one upstream connection"),
    .init("upstream_keepalive_idle_timeout", .duration, "60s", "how long an idle upstream connection is kept"),
    .init(
      "client_max_body_size", .size, "0", "how long a request's body may be",
      aliases: ["nginx_http_client_max_body_size"]),
    .init(
      "client_body_buffer_size", .size, "8k", "how much of a body is held at once",
      aliases: ["nginx_http_client_body_buffer_size"]),
    .init("client_header_timeout", .duration, "60s", "how long a request's head may take"),
    .init("client_body_timeout", .duration, "60s", "how long a client may be silent within a request's body"),
    .init("send_timeout", .duration, "60s", "how long a client may take nothing of a response"),
    .init("keepalive_timeout", .duration, "75s", "how long an idle client connection is kept"),
    .init("dns_resolver", .list, "", "name servers; without them those of /etc/resolv.conf"),
    .init("dns_hostsfile", .path, "/etc/hosts", "the file of known names"),
    .init("dns_valid_ttl", .duration, "0s", "how long an answer is used; 0: as it says itself"),
    .init("dns_stale_ttl", .duration, "3600s", "how long an old answer is used while a new one is fetched"),
    .init("dns_not_found_ttl", .duration, "30s", "how long it is believed that a name does not exist"),
    .init("dns_error_ttl", .duration, "1s", "how long a failure is believed"),
    .init("dns_timeout", .duration, "5s", "how long a name server may take"),
    .init(
      "error_default_type", .oneOf(["text/plain", "text/html", "application/json", "application/xml"]), "text/plain",
      "the type of the gateway's own errors when the client names none"),
    .init("allow_debug_header", .flag, "off", "whether clients may ask for debug headers"),
    .init("drain_timeout", .duration, "30s", "how long requests may go on when a worker is replaced"),
    .init("plugin_hang_timeout", .duration, "2s", "how long a plugin may hold its worker"),
    .init("plugin_crash_limit", .integer(1...1000), "3", "after how many crashes a plugin is quarantined"),
    .init("plugin_crash_window", .duration, "60s", "the time in which they are counted"),
    .init(
      "plugin_on_fault", .list, "reject",
      "what becomes of a quarantined plugin: reject its routes or bypass it; name=bypass says so for one"),
    .init("plugin_pause_timeout", .duration, "60s", "how long a plugin may pause a request"),
    .init(
      "shared_memory_size", .size, "32m", "the memory of what plugins keep across workers and reloads; 1m at least"),
    .init("worker_memory_limit", .size, "0", "the memory above which a worker is replaced"),
    .init(
      "retained_image_limit", .integer(0...100_000), "256", "how many libraries that cannot be unloaded a worker keeps"),
  ]

  static func find(_ name: String) -> SettingDefinition? {
    all.first { $0.name == name || $0.aliases.contains(name) }
  }

  static var names: [String] { all.map(\.name) }
}

extension GatewaySettings {
  /// All settings as lines for people: the name, what a value looks like, what it is for, the default.
  public static var help: String {
    SettingDefinition.all.map { setting in
      let name = "      --" + String(setting.name.map { $0 == "_" ? "-" : $0 }) + " " + setting.kind.placeholder
      let padding = String(repeating: " ", count: max(2, 55 - name.utf8.count))
      return name + padding + setting.summary
        + (setting.defaultValue.isEmpty ? "" : " (default \(setting.defaultValue))")
    }.joined(separator: "\n")
  }
}

extension SettingDefinition.Kind {
  /// How a value is written, in one word.
  fileprivate var placeholder: String {
    switch self {
    case .listeners: "ADDRESS,…"
    case .text: "TEXT"
    case .path: "FILE"
    case .list: "LIST"
    case .searchPath: "FOLDERS"
    case .networks: "NETWORKS"
    case .integer, .count: "N"
    case .size: "SIZE"
    case .duration: "TIME"
    case .flag: "on|off"
    case .oneOf(let words): words.joined(separator: "|")
    }
  }
}
