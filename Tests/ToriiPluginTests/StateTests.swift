import CToriiPlugin
import Testing
import ToriiPlugin

extension SDKTests {
  @Suite("What a plugin keeps beyond a request")
  struct StateTests {
    /// A driver with an instance, and the handle that it was given.
    func started(_ script: ProbePlugin.Script = .init()) throws -> (Driver, InstanceHandle) {
      var script = script
      var handle: InstanceHandle?
      script.make = { (context) throws(PluginError) in handle = context.handle }
      let driver = Driver(script)
      #expect(driver.start() == TORII_OK)
      #expect(driver.create() == TORII_OK)
      return (driver, try #require(handle))
    }

    func end(_ driver: Driver) {
      driver.destroy()
      driver.stop()
    }

    // MARK: torii.shared/1

    @Test("a value is read with its revision and end; one that is not there is nil")
    func reading() throws {
      let (driver, handle) = try started()
      driver.host.values["a/1"] = Array("hello".utf8)
      let value = try handle.shared.value(of: "a/1")
      #expect(value == SharedValue(bytes: Array("hello".utf8), revision: 41, expires: 42))
      #expect(value?.string == "hello" && value?.number == nil)
      #expect(try handle.shared.value(of: "b/1") == nil)
      end(driver)
    }

    @Test("a value that is larger than expected is asked for again, with room for it")
    func large() throws {
      let (driver, handle) = try started()
      driver.host.values["a"] = [UInt8](repeating: 7, count: 60_000)
      #expect(try handle.shared.value(of: "a")?.bytes.count == 60_000)
      #expect(driver.host.calls == ["get 7 a into 256", "get 7 a into 60000"])
      end(driver)
    }

    @Test("values are set for a lifetime, and in place of what was read")
    func writing() throws {
      let (driver, handle) = try started()
      #expect(try handle.shared.set("a", to: "1"))
      #expect(try handle.shared.set("a", to: [0x32], lifetime: 1500, expecting: 0))
      #expect(try handle.shared.remove("a", expecting: 41))
      #expect(try handle.shared.add(-3, to: "n", lifetime: 9) == 997)
      #expect(driver.host.calls == ["put 7 a=1 0 any", "put 7 a=2 1500 0", "remove 7 a 41", "add 7 n -3 9"])
      end(driver)
    }

    @Test("that another was quicker is an answer, other refusals are thrown")
    func refusals() throws {
      let (driver, handle) = try started()
      driver.host.answer = TORII_E_STALE
      #expect(try !handle.shared.set("a", to: "1", expecting: 41))
      #expect(try !handle.shared.remove("a", expecting: 41))
      driver.host.answer = TORII_E_NOT_FOUND
      #expect(try !handle.shared.remove("a"))
      for status in [PluginStatus.limit, .failed, .invalid] {
        driver.host.answer = status.rawValue
        #expect(throws: PluginError(status)) { try handle.shared.set("a", to: "1") }
        #expect(throws: PluginError(status)) { try handle.shared.add(1, to: "a") }
        #expect(throws: PluginError(status)) { try handle.shared.value(of: "a") }
        #expect(throws: PluginError(status)) { try handle.shared.remove("a") }
      }
      end(driver)
    }

    @Test("a host without a store is said to have none")
    func missing() throws {
      let driver = Driver()
      driver.host.missing = [TORII_SHARED_INTERFACE]
      var thrown: PluginError?
      unsafe ProbePlugin.script.make = { (context) throws(PluginError) in
        do throws(PluginError) { _ = try context.handle.shared.add(1, to: "a") } catch { thrown = error }
      }
      #expect(driver.start() == TORII_OK && driver.create() == TORII_OK)
      #expect(thrown?.status == .unsupported)
      end(driver)
    }

    @Test("while starting, the store is reached without an instance")
    func starting() {
      var script = ProbePlugin.Script()
      script.start = { (host, _) throws(PluginError) in try host.sharedWhileStarting.add(1, to: "starts") }
      let driver = Driver(script)
      #expect(driver.start() == TORII_OK)
      #expect(driver.host.calls == ["add 0 starts 1 0"])
      driver.stop()
    }

    @Test("a number is of eight bytes in the machine's order", arguments: [0, 1, -1, Int64.max, Int64.min])
    func numbers(_ number: Int64) {
      let bytes = unsafe withUnsafeBytes(of: number) { unsafe Array($0) }
      #expect(SharedValue(bytes: bytes, revision: 1, expires: 0).number == number)
      #expect(SharedValue(bytes: bytes + [0], revision: 1, expires: 0).number == nil)
    }

    // MARK: state_export and state_import

    @Test("what an instance knows is written, and read by another")
    func handover() throws {
      var script = ProbePlugin.Script()
      var read: [String] = []
      script.export = { () throws(PluginError) in Array("1 17".utf8) }
      script.import = { (state, version) throws(PluginError) in read = [state.string, version] }
      let (driver, _) = try started(script)
      let written = Driver.Written()
      #expect(driver.exportState(written) == TORII_OK)
      #expect(written.texts == ["1 17"])
      #expect(driver.importState("1 17") == TORII_OK)
      #expect(read == ["1 17", "0.9.0"])
      end(driver)
    }

    @Test("nothing to hand over is said, and nothing written")
    func nothing() throws {
      let (driver, _) = try started()
      let written = Driver.Written()
      #expect(driver.exportState(written) == TORII_E_NOT_FOUND)
      #expect(written.texts.isEmpty)
      end(driver)
    }

    @Test("why a state cannot be written or read is told, and a refused write is handed on")
    func failures() throws {
      var script = ProbePlugin.Script()
      script.export = { () throws(PluginError) in throw PluginError(.failed, "it is too late") }
      script.import = { (_, _) throws(PluginError) in throw PluginError(.invalid, "format 2 is not known") }
      let (driver, _) = try started(script)
      let written = Driver.Written()
      #expect(driver.exportState(written) == TORII_E_FAILED)
      #expect(driver.errorTexts.message == "it is too late")
      #expect(driver.importState("2") == TORII_E_INVALID)
      #expect(driver.errorTexts.message == "format 2 is not known")
      unsafe ProbePlugin.script.export = { () throws(PluginError) in [1] }
      written.answer = TORII_E_LIMIT
      #expect(driver.exportState(written) == TORII_E_LIMIT)
      end(driver)
    }
  }
}
