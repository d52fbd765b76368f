import CToriiPlugin
import Testing
import ToriiPlugin

/// All tests of the SDK share the probe's script: they run one after the other.
@Suite("The Swift SDK", .serialized)
struct SDKTests {}

extension SDKTests {
  @Suite("Descriptor and lifecycle")
  struct LifecycleTests {
    @Test("the descriptor says what the plugin says of itself, is made once, and lists callbacks of its phases only")
    func descriptor() {
      let made = unsafe PluginEntry<ProbePlugin>.descriptor(hostMajor: 1, hostMinor: 0)
      guard let first = unsafe made else {
        Issue.record("there is no descriptor")
        return
      }
      let isSame = unsafe PluginEntry<ProbePlugin>.descriptor(hostMajor: 1, hostMinor: 9) == first
      #expect(isSame)
      let descriptor = unsafe first.pointee
      unsafe #expect(descriptor.struct_size == UInt32(MemoryLayout<torii_plugin_descriptor>.size))
      unsafe #expect(descriptor.magic == 0x4952_4F54)
      unsafe #expect(descriptor.abi_major == 1)
      unsafe #expect(String(cString: descriptor.name) == "probe")
      unsafe #expect(String(cString: descriptor.version) == "1.2.3")
      unsafe #expect(String(cString: descriptor.vendor) == "Vendor")
      unsafe #expect(String(cString: descriptor.config_schema) == "{\"type\":\"object\"}")
      unsafe #expect(descriptor.priority == -5)
      unsafe #expect(descriptor.flags == TORII_FLAG_OWN_THREADS_VALUE)
      unsafe #expect(descriptor.phases == 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5)
      unsafe #expect(descriptor.request_body_mode == UInt32(TORII_BODY_WHOLE))
      unsafe #expect(descriptor.request_body_limit == 1000)
      unsafe #expect(descriptor.request_state_size == UInt32(16 + MemoryLayout<ProbeState>.size))
      guard let needs = unsafe descriptor.needs else {
        Issue.record("it needs interfaces")
        return
      }
      unsafe #expect(needs[0].map { unsafe String(cString: $0) } == "torii.headers/1")
      unsafe #expect(needs[1].map { unsafe String(cString: $0) } == "torii.flow/1")
      let isLast = unsafe needs[2] == nil
      #expect(isLast)
      let callbacks = unsafe descriptor.callbacks.pointee
      unsafe #expect(callbacks.access != nil && callbacks.request_body != nil && callbacks.log != nil)
      let hasHeaderFilter = unsafe callbacks.header_filter != nil
      #expect(!hasHeaderFilter)
    }

    @Test("a host of another major version gets no descriptor")
    func otherMajor() {
      let isRefused = unsafe PluginEntry<ProbePlugin>.descriptor(hostMajor: 2, hostMinor: 0) == nil
      #expect(isRefused)
    }

    @Test("plugin and instances live from start and config_create to config_destroy and stop")
    func lifetime() {
      let driver = Driver()
      #expect(driver.start() == TORII_OK)
      unsafe #expect(ProbePlugin.living == 1)
      #expect(driver.create() == TORII_OK)
      unsafe #expect(ProbePlugin.living == 2)
      driver.destroy()
      unsafe #expect(ProbePlugin.living == 1)
      driver.stop()
      unsafe #expect(ProbePlugin.living == 0)
    }

    @Test(
      "metrics have labels and bounds where the host is of ABI 1.1, and go without where it is not",
      arguments: [40, 24])
    func metrics(tableSize: UInt32) {
      var script = ProbePlugin.Script()
      script.start = { (host, _) throws(PluginError) in
        let counter = try host.defineCounter("ticks", help: "Ticks.").labelled(["of": "a", "in": "b"])
        counter.add(2)
        try host.defineHistogram("sizes", help: "Sizes.", bounds: [1, 2.5]).labelled(["of": "c"]).observe(3)
      }
      let driver = Driver(script)
      driver.host.setTableSize(TORII_METRICS_INTERFACE, tableSize)
      #expect(driver.start() == TORII_OK)
      #expect(
        driver.host.calls
          == (tableSize == 40
            ? [
              "define 1 ticks Ticks.", "labelled 31 [of=a,in=b]", "record 131 2.0",
              "define_histogram sizes Sizes. [1.0, 2.5]", "labelled 32 [of=c]", "record 132 3.0",
            ] : ["define 1 ticks Ticks.", "record 31 2.0", "define 3 sizes Sizes.", "record 31 3.0"]))
      driver.stop()
    }

    @Test("start gets the host and whether it is being inspected")
    func start() {
      var script = ProbePlugin.Script()
      script.start = { (host, inspecting) throws(PluginError) in
        host.log(.warn, "\(host.version) \(inspecting) \(host.monotonicTime) \(host.wallTime)")
        let counter = try host.defineCounter("ticks", help: "Ticks.")
        counter.add(2)
      }
      let driver = Driver(script)
      #expect(driver.start(inspecting: true) == TORII_OK)
      #expect(driver.host.calls == ["log 3 0 0 1.2.3 true 17 18", "define 1 ticks Ticks.", "record 31 2.0"])
      driver.stop()
    }

    @Test("an error of start refuses the library with status and message")
    func refusedStart() {
      var script = ProbePlugin.Script()
      script.start = { (_, _) throws(PluginError) in throw PluginError(.failed, "no licence") }
      let driver = Driver(script)
      #expect(driver.start() == TORII_E_FAILED)
      #expect(driver.errorTexts == (TORII_E_FAILED, "", "no licence"))
      unsafe #expect(ProbePlugin.living == 0)
    }

    @Test("a host without an interface that the plugin needs is refused by name")
    func missingInterface() {
      let driver = Driver()
      driver.host.missing = ["torii.flow/1"]
      #expect(driver.start() == TORII_E_UNSUPPORTED)
      #expect(driver.errorTexts.message.contains("torii.flow/1"))
    }

    @Test("an instance gets its configuration and scope, and says what it wants of bodies")
    func instance() {
      struct Configuration: Decodable, Equatable { var headerName: String, limits: [Int] }
      var seen: Configuration?
      var scope: [String] = []
      var script = ProbePlugin.Script()
      script.make = { (context) throws(PluginError) in
        seen = try context.decode(Configuration.self)
        scope = [context.entityID, context.entityName, context.serviceID, context.routeID, "\(context.handle.id)"]
        context.responseBody = .none
        context.requestBodyLimit = 5
      }
      let driver = Driver(script)
      _ = driver.start()
      #expect(driver.create("{\"header_name\":\"x\",\"limits\":[1,2]}") == TORII_OK)
      #expect(seen == Configuration(headerName: "x", limits: [1, 2]))
      #expect(scope == ["entity", "", "", "route", "7"])
      unsafe #expect(driver.created.request_body_mode == UInt32(TORII_BODY_WHOLE), "the descriptor's value stays")
      unsafe #expect(driver.created.response_body_mode == UInt32(TORII_BODY_NONE))
      unsafe #expect(driver.created.request_body_limit == 5)
      driver.destroy()
      driver.stop()
    }

    @Test("a configuration that does not fit is refused with the JSON Pointer to the field")
    func refusedConfiguration() {
      struct Configuration: Decodable { struct Limit: Decodable { var size: Int }; var limits: [Limit] }
      var script = ProbePlugin.Script()
      script.make = { (context) throws(PluginError) in _ = try context.decode(Configuration.self) }
      let driver = Driver(script)
      _ = driver.start()
      #expect(driver.create("{\"limits\":[{\"size\":1},{\"size\":\"big\"}]}") == TORII_E_CONFIG)
      #expect(driver.errorTexts.code == TORII_E_CONFIG)
      #expect(driver.errorTexts.pointer == "/limits/1/size")
      #expect(driver.errorTexts.message.contains("expected an integer"))
      driver.stop()
    }

    @Test("texts of errors are cut to their buffers between characters")
    func longErrors() {
      var script = ProbePlugin.Script()
      script.make = { (_) throws(PluginError) in
        throw PluginError(
          .configuration, String(repeating: "ü", count: 500), pointer: "/" + String(repeating: "a", count: 500))
      }
      let driver = Driver(script)
      _ = driver.start()
      #expect(driver.create() == TORII_E_CONFIG)
      #expect(driver.errorTexts.pointer == "/" + String(repeating: "a", count: 118))
      #expect(driver.errorTexts.message == String(repeating: "ü", count: 187))
      driver.stop()
    }
  }
}

private let TORII_FLAG_OWN_THREADS_VALUE: UInt32 = 2
