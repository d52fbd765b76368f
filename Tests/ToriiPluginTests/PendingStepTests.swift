import CToriiPlugin
import Testing
import ToriiPlugin

extension SDKTests {
  @Suite("Pausing until an operation ends")
  struct PendingStepTests {
    /// Pauses in access, as the closure says.
    func driver(
      _ pausing: @escaping (Request) throws(PluginError) -> Action,
      events: @escaping () -> Void = {}
    ) -> Driver {
      var script = ProbePlugin.Script()
      script.access = { (request, _) throws(PluginError) in try pausing(request) }
      script.event = { (_, _, _) throws(PluginError) in
        events()
        return .pause
      }
      return Driver(script).begin()
    }

    func end(_ driver: Driver) {
      driver.endRequest()
      driver.destroy()
      driver.stop()
    }

    @Test("the step runs when its operation ends, once, with the state of the request")
    func step() {
      var events = 0
      var calls = 0
      let instance = ProbeInstance()
      let driver = driver(
        { (request) throws(PluginError) in
          // The scripted host calls every timer 21.
          try instance.pause(request, milliseconds: 5) { (event, state) throws(PluginError) in
            calls += 1
            state.calls += 1
            return state.calls == 1 && event.kind == .timer ? .continue : .end
          }
        }, events: { events += 1 })
      #expect(driver.access() == TORII_PAUSE)
      #expect(driver.event(kind: 1) == TORII_CONTINUE)
      #expect(driver.event(kind: 1) == TORII_PAUSE)
      #expect(calls == 1 && events == 1)
      end(driver)
    }

    @Test("what a step throws is the callback's result, and is logged")
    func throwing() {
      let instance = ProbeInstance()
      let driver = driver({ (request) throws(PluginError) in
        try instance.pause(request, milliseconds: 5) { (_, _) throws(PluginError) in
          throw PluginError(.limit, "enough")
        }
      })
      #expect(driver.access() == TORII_PAUSE)
      #expect(driver.event(kind: 1) == TORII_E_LIMIT)
      #expect(driver.host.calls.last == "log 4 7 99 enough")
      end(driver)
    }

    @Test("a request that ends forgets its steps, and what they hold")
    func forgetting() {
      final class Witness {}
      weak var held: Witness?
      let instance = ProbeInstance()
      let driver = driver({ (request) throws(PluginError) in
        let witness = Witness()
        held = witness
        return try instance.pause(request, until: HTTPCall(url: "http://a/")) { (_, _) throws(PluginError) in
          _ = witness
          return .continue
        }
      })
      #expect(driver.access() == TORII_PAUSE)
      #expect(held != nil)
      end(driver)
      #expect(held == nil)
    }
  }
}
