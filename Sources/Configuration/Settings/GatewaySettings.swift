import JSON

/// What the gateway is told besides its configuration: where it listens, how many workers it has, how long it waits.
///
/// Names are Kong's where Kong has them. Times are in milliseconds, sizes in bytes.
public struct GatewaySettings: Sendable {
  /// `prefix`: the folder of the gateway's own state.
  public let prefix: String
  /// `declarative_config`: the declarative file that is loaded at the start.
  public let declarativeConfig: String?
  /// `log_level`: `debug`, `info`, `notice`, `warn`, `error`, `crit`, `alert` or `emerg`.
  public let logLevel: String
  /// `proxy_listen`: where clients come in.
  public let proxyListen: [Listener]
  /// `admin_listen`: where the Admin API listens.
  public let adminListen: [Listener]
  /// `status_listen`: where status and metrics are read.
  public let statusListen: [Listener]
  /// `workers`: how many worker processes there are.
  public let workers: Int
  /// `plugins`: the plugins that can be used; `bundled` among them stands for all that are found.
  public let plugins: [String]
  /// `plugin_path`: where plugins are looked for, besides the folder of the executable.
  public let pluginPath: [String]
  /// `headers`: which headers the gateway adds to responses, in lower case; empty: none.
  public let headers: [String]
  /// `headers_upstream`: which headers the gateway adds to upstream requests, in lower case; empty: none.
  public let headersUpstream: [String]
  /// `trusted_ips`: whose X-Forwarded headers are believed.
  public let trustedIPs: [IPNetwork]
  /// `real_ip_header`: the header with the client's address.
  public let realIPHeader: String
  /// `real_ip_recursive`: whether trusted addresses in that header are skipped.
  public let realIPRecursive: Bool
  /// `ssl_cert`: files of the certificates shown when no name matches.
  public let sslCert: [String]
  /// `ssl_cert_key`: files of their keys.
  public let sslCertKey: [String]
  /// `ssl_trusted_certificate`: files of the authorities that upstreams are verified against; `system`: the system's own.
  public let sslTrustedCertificate: [String]
  /// `ssl_verify_depth`: how many certificates may stand between an upstream's and a trusted one.
  public let sslVerifyDepth: Int
  /// `proxy_ssl_verify`: whether upstreams are verified when their service does not say.
  public let proxySSLVerify: Bool
  /// `upstream_keepalive_pool_size`: idle upstream connections that a worker keeps; 0: none.
  public let upstreamKeepalivePoolSize: Int
  /// `upstream_keepalive_max_requests`: requests on one upstream connection; 0: without limit.
  public let upstreamKeepaliveMaxRequests: Int
  /// `upstream_keepalive_idle_timeout`, in milliseconds; 0: without limit.
  public let upstreamKeepaliveIdleTimeout: Int
  /// `client_max_body_size`, in bytes; 0: without limit.
  public let clientMaxBodySize: Int
  /// `client_body_buffer_size`, in bytes.
  public let clientBodyBufferSize: Int
  /// `client_header_timeout`, in milliseconds.
  public let clientHeaderTimeout: Int
  /// `client_body_timeout`, in milliseconds.
  public let clientBodyTimeout: Int
  /// `send_timeout`, in milliseconds.
  public let sendTimeout: Int
  /// `keepalive_timeout`, in milliseconds; 0: connections are not kept.
  public let keepaliveTimeout: Int
  /// `dns_resolver`: name servers; empty: those of the system.
  public let dnsResolver: [String]
  /// `dns_hostsfile`: the file of known names.
  public let dnsHostsfile: String
  /// `dns_valid_ttl`, in milliseconds; 0: as answers say.
  public let dnsValidTTL: Int
  /// `dns_stale_ttl`, in milliseconds.
  public let dnsStaleTTL: Int
  /// `dns_not_found_ttl`, in milliseconds.
  public let dnsNotFoundTTL: Int
  /// `dns_error_ttl`, in milliseconds.
  public let dnsErrorTTL: Int
  /// `dns_timeout`, in milliseconds.
  public let dnsTimeout: Int
  /// `error_default_type`: the type of the gateway's own errors when the client names none.
  public let errorDefaultType: String
  /// `allow_debug_header`: whether clients may ask for debug headers.
  public let allowDebugHeader: Bool
  /// `drain_timeout`, in milliseconds: how long requests may go on when a worker is replaced.
  public let drainTimeout: Int
  /// `plugin_hang_timeout`, in milliseconds: how long a plugin may hold its worker.
  public let pluginHangTimeout: Int
  /// `plugin_crash_limit`: after how many crashes a plugin is quarantined.
  public let pluginCrashLimit: Int
  /// `plugin_crash_window`, in milliseconds: the time in which they are counted.
  public let pluginCrashWindow: Int
  /// `shared_memory_size`, in bytes: the memory of what plugins keep across workers and reloads.
  public let sharedMemorySize: Int
  /// `watch`: changes of the declarative file and of plugin libraries take effect at once.
  public let watch: Bool
  /// `plugin_on_fault`: what becomes of plugins that are quarantined.
  public let pluginOnFault: PluginFaultPolicy
  /// `plugin_pause_timeout`, in milliseconds: how long a plugin may pause a request.
  public let pluginPauseTimeout: Int
  /// `worker_memory_limit`, in bytes: the memory above which a worker is replaced; 0: none.
  public let workerMemoryLimit: Int
  /// `retained_image_limit`: how many libraries that cannot be unloaded a worker keeps before it is replaced.
  public let retainedImageLimit: Int

  /// All values as text with their sources, in the order of ``describe()``.
  public let origins: [Origin]
  /// Variables of the environment that begin with `TORII_` and name no setting, nor nearly one.
  public let ignoredVariables: [String]

  /// A setting, its value and where that came from.
  public struct Origin: Hashable, Sendable {
    /// The setting's name.
    public let name: String
    /// Its value as text.
    public let value: String
    /// `default`, the name of the file, of the variable or of the flag.
    public let source: String
    /// What the setting is for.
    public let summary: String
  }

  /// Settings from their sources.
  ///
  /// - Throws: Everything that is wrong, each with the source that it came from.
  public init(_ sources: SettingSources = SettingSources()) throws(ConfigurationErrors) {
    var (given, errors, ignoredVariables) = sources.collect()
    var values: [String: String] = [:]
    var origins: [Origin] = []
    for definition in SettingDefinition.all {
      let own = given[definition.name]
      let text = own?.text ?? Self.defaultValue(of: definition, sources)
      values[definition.name] = text
      origins.append(
        Origin(name: definition.name, value: text, source: own?.source ?? "default", summary: definition.summary))
      if let own, let fault = SettingValue.fault(text, definition.kind) {
        errors.append(
          .init(
            fault.message, at: ConfigurationPath([.key(definition.name)]), location: own.location, hint: fault.hint,
            file: own.source))
      }
    }
    Self.checkPairs(values, given, &errors)
    guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    given.removeAll()
    self.init(values, origins, ignoredVariables, sources)
  }

  private static func defaultValue(of definition: SettingDefinition, _ sources: SettingSources) -> String {
    guard definition.name == "prefix" else { return definition.defaultValue }
    if sources.isRoot { return "/var/lib/torii" }
    if let state = sources.environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/torii" }
    return (sources.environment["HOME"] ?? "/tmp") + "/.local/state/torii"
  }

  private static func checkPairs(
    _ values: [String: String], _ given: [String: SettingSources.Given], _ errors: inout [ConfigurationError]
  ) {
    for word in SettingValue.list(values["plugin_on_fault"] ?? "") where !PluginFaultPolicy.isValid(word) {
      let source = given["plugin_on_fault"]
      errors.append(
        .init(
          "'\(word)' is neither reject nor bypass, nor one of them for a plugin",
          at: ConfigurationPath([.key("plugin_on_fault")]), location: source?.location,
          hint: "write reject or bypass, and NAME=reject or NAME=bypass for single plugins", file: source?.source))
    }
    let certificates = SettingValue.list(values["ssl_cert"] ?? "")
    let keys = SettingValue.list(values["ssl_cert_key"] ?? "")
    if certificates.count != keys.count {
      let source = given["ssl_cert_key"] ?? given["ssl_cert"]
      errors.append(
        .init(
          "there are \(certificates.count) certificates and \(keys.count) keys",
          at: ConfigurationPath([.key("ssl_cert_key")]), location: source?.location,
          hint: "every file of ssl_cert needs its key in ssl_cert_key, in the same order", file: source?.source))
    }
  }

  private init(
    _ values: [String: String], _ origins: [Origin], _ ignoredVariables: [String], _ sources: SettingSources
  ) {
    // The values were checked: what does not fit can only be a default that is wrong, and counts as nothing.
    func text(_ name: String) -> String { values[name] ?? "" }
    func list(_ name: String) -> [String] { SettingValue.list(text(name)) }
    func listeners(_ name: String) -> [Listener] { (try? Listener.list(parsing: text(name))) ?? [] }
    func number(_ name: String) -> Int { Int(text(name)) ?? 0 }
    func time(_ name: String) -> Int { SettingValue.milliseconds(text(name)) ?? 0 }
    func size(_ name: String) -> Int { SettingValue.bytes(text(name)) ?? 0 }
    func flag(_ name: String) -> Bool { SettingValue.flag(text(name)) ?? false }
    func names(_ name: String) -> [String] { text(name) == "off" ? [] : list(name).map { $0.lowercased() } }
    self.origins = origins
    self.ignoredVariables = ignoredVariables
    prefix = text("prefix")
    declarativeConfig = text("declarative_config").isEmpty ? nil : text("declarative_config")
    logLevel = text("log_level")
    proxyListen = listeners("proxy_listen")
    adminListen = listeners("admin_listen")
    statusListen = listeners("status_listen")
    workers = text("workers") == "auto" ? sources.coreCount : number("workers")
    plugins = text("plugins") == "off" ? [] : list("plugins")
    pluginPath = text("plugin_path").split(separator: ":").map(String.init)
    headers = names("headers")
    headersUpstream = names("headers_upstream")
    trustedIPs = list("trusted_ips").compactMap(IPNetwork.init)
    realIPHeader = text("real_ip_header")
    realIPRecursive = flag("real_ip_recursive")
    sslCert = list("ssl_cert")
    sslCertKey = list("ssl_cert_key")
    sslTrustedCertificate = list("ssl_trusted_certificate")
    sslVerifyDepth = number("ssl_verify_depth")
    proxySSLVerify = flag("proxy_ssl_verify")
    upstreamKeepalivePoolSize = number("upstream_keepalive_pool_size")
    upstreamKeepaliveMaxRequests = number("upstream_keepalive_max_requests")
    upstreamKeepaliveIdleTimeout = time("upstream_keepalive_idle_timeout")
    clientMaxBodySize = size("client_max_body_size")
    clientBodyBufferSize = size("client_body_buffer_size")
    clientHeaderTimeout = time("client_header_timeout")
    clientBodyTimeout = time("client_body_timeout")
    sendTimeout = time("send_timeout")
    keepaliveTimeout = time("keepalive_timeout")
    dnsResolver = list("dns_resolver")
    dnsHostsfile = text("dns_hostsfile")
    dnsValidTTL = time("dns_valid_ttl")
    dnsStaleTTL = time("dns_stale_ttl")
    dnsNotFoundTTL = time("dns_not_found_ttl")
    dnsErrorTTL = time("dns_error_ttl")
    dnsTimeout = time("dns_timeout")
    errorDefaultType = text("error_default_type")
    allowDebugHeader = flag("allow_debug_header")
    drainTimeout = time("drain_timeout")
    pluginHangTimeout = time("plugin_hang_timeout")
    pluginCrashLimit = number("plugin_crash_limit")
    pluginCrashWindow = time("plugin_crash_window")
    sharedMemorySize = size("shared_memory_size")
    watch = flag("watch")
    pluginOnFault = PluginFaultPolicy(list("plugin_on_fault"))
    pluginPauseTimeout = time("plugin_pause_timeout")
    workerMemoryLimit = size("worker_memory_limit")
    retainedImageLimit = number("retained_image_limit")
  }

  /// The settings as a settings file would say them, each with its source: `proxy_listen = 0.0.0.0:8000  # default`.
  public func describe() -> String {
    origins.map { "\($0.name) = \($0.value)  # \($0.source)" }.joined(separator: "\n") + "\n"
  }

  /// The settings as one node by name, for the Admin API and to hand them to workers; `init(encoded:)` reads it.
  public func encoded() -> JSONNode {
    .of(members: origins.map { ($0.name, .of($0.value)) })
  }

  /// Reads what ``encoded()`` wrote.
  public init(encoded node: JSONNode) throws(ConfigurationErrors) {
    var flags: [String: String] = [:]
    for member in node.members ?? [] { flags[member.name] = member.value.string ?? "" }
    try self.init(SettingSources(environment: [:], flags: flags))
  }
}
