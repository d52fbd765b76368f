import Configuration
import Testing

@Suite("Settings")
struct SettingsTests {
  static func settings(
    file: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:], isRoot: Bool = false
  ) throws(ConfigurationErrors) -> GatewaySettings {
    try GatewaySettings(
      SettingSources(
        file: file.map { Array($0.utf8) }, environment: environment, flags: flags, isRoot: isRoot, coreCount: 6))
  }

  @Test("variables that are not nearly a setting's name are somebody else's, those of commands are theirs")
  func foreignVariables() throws {
    let settings = try Self.settings(environment: [
      "TORII_SERVICE_HOST": "10.0.0.1", "TORII_PORT_8000_TCP_ADDR": "10.0.0.1", "TORII_PORT": "tcp://10.0.0.1:8000",
      "TORII_ADMIN_ADDR": "http://localhost:8001", "TORII_SDK_PATH": "/sdk", "TORII_WORKERS": "3",
    ])
    #expect(settings.workers == 3)
    #expect(settings.ignoredVariables == ["TORII_PORT", "TORII_PORT_8000_TCP_ADDR", "TORII_SERVICE_HOST"])
  }

  @Test("have defaults")
  func defaults() throws {
    let settings = try Self.settings(environment: ["HOME": "/home/u"])
    #expect(settings.proxyListen == [Listener(host: "0.0.0.0", port: 8000)])
    #expect(settings.adminListen == [Listener(host: "127.0.0.1", port: 8001)])
    #expect(settings.statusListen == [Listener(host: "127.0.0.1", port: 8100)])
    #expect((settings.workers, settings.plugins, settings.pluginPath) == (6, ["bundled"], []))
    #expect(settings.headers == ["server_tokens", "latency_tokens", "x-kong-request-id"])
    #expect((settings.clientMaxBodySize, settings.clientBodyBufferSize) == (0, 8192))
    #expect(
      (settings.keepaliveTimeout, settings.upstreamKeepalivePoolSize, settings.proxySSLVerify) == (75000, 512, true))
    #expect(settings.prefix == "/home/u/.local/state/torii")
    #expect(settings.declarativeConfig == nil)
  }

  @Test("keep state where the user may write")
  func prefix() throws {
    #expect(try Self.settings(environment: ["HOME": "/h", "XDG_STATE_HOME": "/s"]).prefix == "/s/torii")
    #expect(try Self.settings(environment: ["HOME": "/h"], isRoot: true).prefix == "/var/lib/torii")
    #expect(try Self.settings(environment: ["TORII_PREFIX": "/p"], isRoot: true).prefix == "/p")
  }

  @Test("count by source: flag before environment before file before default")
  func precedence() throws {
    let file = "# comment\nworkers = 1\nlog_level = info   # why\nheaders = off\nplugin_path = '/a:/b'\n"
    let settings = try Self.settings(
      file: file,
      environment: [
        "TORII_WORKERS": "2", "TORII_LOG_LEVEL": "warn", "PATH": "x", "TORII_INTERNAL_X": "1",
        "TORII_ADMIN_ADDR": "http://localhost:8001", "TORII_SDK_PATH": "/x",
      ],
      flags: ["workers": "3", "proxy-listen": "127.0.0.1:9000"])
    #expect((settings.workers, settings.logLevel, settings.headers) == (3, "warn", []))
    #expect(settings.pluginPath == ["/a", "/b"])
    #expect(settings.proxyListen.map(\.description) == ["127.0.0.1:9000"])
    let origins = Dictionary(uniqueKeysWithValues: settings.origins.map { ($0.name, $0.source) })
    #expect((origins["workers"], origins["log_level"]) == ("--workers", "TORII_LOG_LEVEL"))
    #expect((origins["headers"], origins["prefix"]) == ("torii.conf", "default"))
    #expect(settings.describe().contains("workers = 3  # --workers\n"))
  }

  @Test("take Kong's names too")
  func aliases() throws {
    let settings = try Self.settings(
      file: "nginx_worker_processes = 4\nlua_ssl_trusted_certificate = system, /ca.pem\n")
    #expect((settings.workers, settings.sslTrustedCertificate) == (4, ["system", "/ca.pem"]))
  }

  @Test("are handed on without loss")
  func encoded() throws {
    let settings = try Self.settings(
      file: "workers = 4\nproxy_listen = [::1]:8443 ssl reuseport backlog=9\nclient_max_body_size = 10m\n")
    let copy = try GatewaySettings(encoded: settings.encoded())
    #expect((copy.workers, copy.proxyListen, copy.clientMaxBodySize) == (4, settings.proxyListen, 10 << 20))
    #expect(copy.origins.map(\.value) == settings.origins.map(\.value))
  }

  @Test("that are wrong are told all at once, each with its source")
  func errors() {
    let file =
      "workers = many\nproxy_lsten = x\n\nlog_level = warning\nworkers = 2\njust text\n  keepalive_timeout = 1 week\n"
    do {
      _ = try Self.settings(
        file: file,
        environment: [
          "TORII_PROXI_LISTEN": "x", "TORII_ADMIN_LISTEN": "127.0.0.1", "TORII_TRUSTED_IPS": "10.0.0.0/8, x",
        ],
        flags: ["wokers": "1", "client_max_body_size": "-1"])
      Issue.record("the settings were taken")
    } catch {
      #expect(
        error.errors.map(\.description) == [
          "torii.conf:2:1: proxy_lsten: unknown setting (did you mean 'proxy_listen'?)",
          "torii.conf:4:13: log_level: expected one of: debug, info, notice, warn, error, crit, alert, emerg",
          "torii.conf:5:1: workers: set twice (first in line 1)",
          "torii.conf:6:1: expected key = value (comments start with #)",
          "torii.conf:7:23: keepalive_timeout: '1 week' is no time (write it like 60s, 500ms or 2m)",
          "TORII_PROXI_LISTEN: proxi_listen: unknown setting (did you mean 'TORII_PROXY_LISTEN'?)",
          "--wokers: wokers: unknown setting (did you mean 'workers'?)",
          "TORII_ADMIN_LISTEN: admin_listen: '127.0.0.1' has no port (write it like 127.0.0.1:8000)",
          "TORII_TRUSTED_IPS: trusted_ips: 'x' is no address or network (write it like 10.0.0.0/8 or ::1)",
          "--client-max-body-size: client_max_body_size: '-1' is no size (write it like 8k, 10m or 1g)",
        ])
    }
  }

  @Test(
    "of listeners are read as Kong writes them",
    arguments: [
      ("127.0.0.1:8000", ["127.0.0.1:8000"]),
      (
        "0.0.0.0:8000 reuseport backlog=16384, [::]:8443 ssl",
        ["0.0.0.0:8000 reuseport backlog=16384", "[::]:8443 ssl"]
      ),
      ("off", []), ("localhost:0", ["localhost:0"]),
    ])
  func listeners(_ text: String, _ shown: [String]) throws {
    #expect(try Listener.list(parsing: text).map(\.description) == shown)
  }

  @Test(
    "of listeners that make no sense are refused",
    arguments: [
      ("8000", "'8000' has no port"), ("a b:1", "'a' has no port"),
      ("127.0.0.1:99999", "'127.0.0.1:99999' is no address with a port"),
      ("127.0.0.1:1 sll", "unknown flag 'sll'"), ("a:1,", "missing address"), ("a:1, a:1 ssl", "a:1 is listed twice"),
    ])
  func badListeners(_ text: String, _ message: String) {
    do {
      _ = try Listener.list(parsing: text)
      Issue.record("taken")
    } catch { #expect(error.message == message) }
  }

  @Test("of networks say which addresses lie in them")
  func networks() throws {
    let private10 = try #require(IPNetwork(parsing: "10.0.0.0/8"))
    #expect(private10.contains([10, 1, 2, 3]))
    #expect(private10.contains([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]))
    #expect(!private10.contains([11, 0, 0, 0]))
    let odd = try #require(IPNetwork(parsing: "192.168.128.0/17"))
    #expect(odd.contains([192, 168, 200, 1]) && !odd.contains([192, 168, 1, 1]))
    let six = try #require(IPNetwork(parsing: "fd00::/8"))
    #expect(six.contains(try #require(IPNetwork.bytes(of: "fd12:3456::1"))))
    #expect(!six.contains(try #require(IPNetwork.bytes(of: "2001:db8::1"))))
    #expect(IPNetwork.bytes(of: "::1") == [UInt8](repeating: 0, count: 15) + [1])
    #expect(IPNetwork.bytes(of: "::ffff:1.2.3.4")?.suffix(6) == [255, 255, 1, 2, 3, 4])
    #expect(IPNetwork(parsing: "10.0.0.0/33") == nil && IPNetwork(parsing: "host") == nil)
  }
}
