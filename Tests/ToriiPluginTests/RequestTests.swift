import CToriiPlugin
import Testing
import ToriiPlugin

extension SDKTests {
  @Suite("Requests")
  struct RequestTests {
    /// Runs `access` once and gives what it returned and what the host was asked.
    func run(
      _ prepare: (ScriptedHost) -> Void = { _ in },
      _ access: @escaping (Request, inout ProbeState) throws(PluginError) -> Action
    ) -> (action: Int32, calls: [String]) {
      var script = ProbePlugin.Script()
      script.access = access
      let driver = Driver(script).begin()
      prepare(driver.host)
      let action = driver.access()
      driver.endRequest()
      driver.destroy()
      driver.stop()
      return (action, driver.host.calls)
    }

    @Test("headers are read by name, by index, and in order")
    func readingHeaders() {
      var seen: [String?] = []
      _ = run({ $0.headers = [1: [("Accept", "a"), ("Host", "h"), ("accept", "b")], 3: [("X", "y")]] }) {
        request, _ in
        seen = [
          request.headers["ACCEPT"], request.headers.get("accept", at: 1)?.string,
          request.headers.get("accept", at: 2)?.string, request.headers.get("accept", at: -1)?.string,
          request.headers.map { "\($0.name.string)=\($0.value.string)" }.joined(separator: "&"),
          request.responseHeaders["x"], request.upstreamHeaders["x"],
        ]
        return .continue
      }
      #expect(seen == ["a", "b", nil, nil, "Accept=a&Host=h&accept=b", "y", nil])
    }

    @Test("headers are changed in the map that is named")
    func changingHeaders() {
      let result = run { request, _ throws(PluginError) in
        try request.upstreamHeaders.set("X-A", "1")
        try request.upstreamHeaders.add("X-A" as StaticString, [50])
        #expect(try request.responseHeaders.remove("X-B"))
        return .continue
      }
      #expect(result.calls == ["set 99 2 X-A: 1", "add 99 2 X-A: 2", "remove 99 3 X-B"])
      #expect(result.action == TORII_CONTINUE)
    }

    @Test("what the host refuses is thrown with its status, and comes back to the host as the callback's result")
    func refusals() {
      let result = run({ $0.answer = TORII_E_INVALID }) { request, _ throws(PluginError) in
        try request.upstreamHeaders.set("a", "b\r\n")
        return .continue
      }
      #expect(result.action == TORII_E_INVALID)
      #expect(result.calls.count == 2)
      #expect(result.calls.last?.hasPrefix("log 4 7 99 ") == true)
    }

    @Test("removing what is not there is no error")
    func removingNothing() {
      let result = run({ $0.answer = TORII_E_NOT_FOUND }) { request, _ throws(PluginError) in
        try request.upstreamHeaders.remove("a") ? .pause : .continue
      }
      #expect(result.action == TORII_CONTINUE)
    }

    @Test("texts, numbers and captures are those of the request")
    func attributes() {
      var seen: [String?] = []
      _ = run({
        $0.texts = [1: "GET", 5: "/p", 9: "id", 15: "/u?q"]
        $0.numbers = [1: 5, 10: 200, 12: 1]
        $0.captures = ["name": "value"]
      }) { request, _ in
        seen = [
          request.method.string, request.path.string, request.requestID.string, request.upstreamURI.string,
          request.query.string, "\(request.clientPort) \(request.status) \(request.isClientGone) \(request.isHeadSent)",
          request.capture("name")?.string, request.capture("other")?.string,
        ]
        return .continue
      }
      #expect(seen == ["GET", "/p", "id", "/u?q", "", "5 200 true false", "value", nil])
    }

    @Test("target, path, query and method go to the host")
    func upstream() {
      let result = run { request, _ throws(PluginError) in
        try request.setTarget(.init(scheme: "https", host: "example.com", port: 8443, readTimeout: 7))
        try request.setPath("/a")
        try request.setQuery("")
        try request.setMethod("POST")
        return .continue
      }
      #expect(result.calls == ["target https://example.com:8443 0 0 7", "path /a", "query ", "method POST"])
    }

    @Test("responding gives status, fields in order, and body, and returns the action to return")
    func responding() {
      let result = run { request, _ throws(PluginError) in
        var headers: HeaderList = ["content-type": "text/plain", "set-cookie": "a"]
        headers.append("set-cookie", "b")
        return try request.respond(status: 403, headers: headers, body: "no")
      }
      #expect(result.action == TORII_RESPOND)
      #expect(result.calls == ["respond 403 [content-type=text/plain,set-cookie=a,set-cookie=b] no"])
      #expect(run { request, _ throws(PluginError) in try request.respond(status: 204) }.calls == ["respond 204 [] "])
    }

    @Test("operations, posts and log values carry instance, request and token")
    func operations() {
      let result = run { request, _ throws(PluginError) in
        let timer = try request.startTimer(milliseconds: 20, token: 5)
        try request.call(
          HTTPCall(method: "PUT", url: "http://a/", headers: ["x": "y"], body: [65], timeout: 9, responseLimit: 8),
          token: 6)
        #expect(request.cancel(timer))
        try request.instance.startTimer(milliseconds: 1)
        try request.instance.post(request.id, token: 4)
        try request.instance.resume(request.id)
        try request.log.set("ai.usage", json: "{}")
        try request.log.redact("x-key")
        try request.setStatus(201)
        try request.emit("")
        request.logLine(.info, "line")
        return .pause
      }
      #expect(result.action == TORII_PAUSE)
      #expect(
        result.calls == [
          "timer 7 99 20 5", "http 7 99 PUT http://a/ [x=y] A 9 8 6", "cancel 7 21", "timer 7 0 1 0", "post 7 99 4",
          "resume 7 99", "log set ai.usage {}", "redact x-key", "status 201", "emit 7 99 ", "log 1 7 99 line",
        ])
    }

    @Test("a host without an optional interface makes calls throw, not crash")
    func missingInterface() {
      var script = ProbePlugin.Script()
      var thrown: PluginError?
      script.access = { request, _ throws(PluginError) in
        do throws(PluginError) { try request.startTimer(milliseconds: 1) } catch { thrown = error }
        return .continue
      }
      let driver = Driver(script)
      driver.host.missing = ["torii.async/1"]
      _ = driver.begin()
      #expect(driver.access() == TORII_CONTINUE)
      #expect(thrown?.status == .unsupported)
      driver.endRequest()
      driver.destroy()
      driver.stop()
    }
  }

  @Suite("State, bodies and events")
  struct CallbackTests {
    @Test("the state is made at the first callback, kept through all, and destroyed when the request ends")
    func state() {
      var script = ProbePlugin.Script()
      script.access = { _, state in
        state.calls += 1
        state.text = String(repeating: "long enough not to fit into a word ", count: 3)
        return .continue
      }
      var seen = 0
      script.log = { _, state in
        state.calls += 1
        seen = state.calls
        if seen == 2 { #expect(state.text.utf8.count == 105) }
      }
      let driver = Driver(script).begin()
      unsafe #expect(ProbeState.Witness.living == 0)
      #expect(driver.access() == TORII_CONTINUE)
      unsafe #expect(ProbeState.Witness.living == 1)
      #expect(driver.log() == TORII_CONTINUE)
      #expect(seen == 2)
      driver.endRequest()
      unsafe #expect(ProbeState.Witness.living == 0)
      #expect(driver.log() == TORII_CONTINUE)
      #expect(seen == 1, "the next request begins anew")
      driver.endRequest()
      driver.endRequest()
      unsafe #expect(ProbeState.Witness.living == 0, "a request that no callback saw has nothing to destroy")
      driver.destroy()
      driver.stop()
    }

    @Test("a body's parts are seen in order, together, and with what the host says of them")
    func pieces() {
      var seen: [String] = []
      var script = ProbePlugin.Script()
      script.body = { request, piece, _ throws(PluginError) in
        var all: [UInt8] = []
        piece.append(to: &all)
        let whole = piece.withContiguousBytes { $0.string }
        seen = [
          piece.map(\.string).joined(separator: "|"), String(decoding: all, as: UTF8.self), whole,
          "\(piece.count) \(piece.isLast) \(piece.isTooLarge) \(piece.isIncomplete) \(piece[5] == nil)",
        ]
        for part in piece { try request.emit(part) }
        return .done
      }
      let driver = Driver(script).begin()
      #expect(driver.body(["ab", "", "c"], flags: 5) == TORII_DONE)
      #expect(seen == ["ab||c", "abc", "abc", "3 true false true true"])
      #expect(driver.host.calls == ["emit 7 99 ab", "emit 7 99 ", "emit 7 99 c"])
      #expect(driver.body([], flags: 3) == TORII_DONE)
      #expect(seen == ["", "", "", "0 true true false true"])
      driver.endRequest()
      driver.destroy()
      driver.stop()
    }

    @Test("events come with what they carry; those of the instance's own timers without a request")
    func events() {
      var seen: [String] = []
      var script = ProbePlugin.Script()
      script.event = { request, event, _ in
        seen.append(
          "\(request.id.rawValue) \(event.kind.map { "\($0)" } ?? "?") \(event.token) \(event.httpStatus) "
            + "\(event.body.string) \(event.failure?.rawValue ?? 0) \(event.message.string)")
        return .hold
      }
      script.ownEvent = { event in seen.append("own \(event.operation.rawValue)") }
      let driver = Driver(script).begin()
      #expect(driver.event(kind: 2, httpStatus: 200, body: "ok") == TORII_HOLD)
      #expect(driver.event(kind: 2, status: TORII_E_FAILED) == TORII_HOLD)
      #expect(driver.event(kind: 77) == TORII_HOLD)
      #expect(driver.event(kind: 1, request: 0) == TORII_CONTINUE)
      #expect(seen == ["99 call 5 200 ok 0 why", "99 call 5 0  -11 why", "99 ? 5 0  0 why", "own 21"])
      driver.endRequest()
      driver.destroy()
      driver.stop()
    }

    @Test("an error of a callback is logged with its message and returned as its status")
    func errors() {
      var script = ProbePlugin.Script()
      script.body = { _, _, _ throws(PluginError) in throw PluginError(.limit, "too much") }
      script.log = { _, _ throws(PluginError) in throw PluginError(PluginStatus(rawValue: 3), "odd") }
      let driver = Driver(script).begin()
      #expect(driver.body(["a"]) == TORII_E_LIMIT)
      #expect(driver.log() == TORII_E_FAILED, "a status that is not negative is not returned as an action")
      #expect(driver.host.calls == ["log 4 7 99 too much", "log 4 7 99 odd"])
      driver.endRequest()
      driver.destroy()
      driver.stop()
    }
  }

  @Suite("Views of bytes")
  struct ByteViewTests {
    func view<Result>(_ text: String, _ body: (ByteView) -> Result) -> Result {
      unsafe text.withBytes { unsafe body(ByteView($0)) }
    }

    @Test("are compared, searched and read within their bounds")
    func views() {
      view("Text/Event") { view in
        #expect(view.equals("Text/Event") && !view.equals("text/event") && !view.equals("Text"))
        #expect(view.equals(ignoringCase: "tEXT/eVENT") && !view.equals(ignoringCase: "text"))
        #expect(view.hasPrefix("Text") && view.hasPrefix("") && !view.hasPrefix("Text/Event-"))
        #expect(
          view.contains(ignoringCase: "/EV") && view.contains(ignoringCase: "") && !view.contains(ignoringCase: "x/"))
        #expect(view[0] == 84 && view[10] == nil && view[-1] == nil)
        #expect(view.withSpan { $0.count } == 10)
        #expect(Array(view) == Array("Text/Event".utf8) && view.array == Array(view))
      }
      #expect(ByteView.empty.isEmpty && ByteView.empty.string == "" && ByteView.empty.equals(""))
      #expect(!ByteView.empty.contains(ignoringCase: "a"))
    }

    @Test("bytes that are not UTF-8 become a text with replacement characters")
    func invalid() {
      unsafe #expect([0x61, 0xFF].withBytes { unsafe ByteView($0).string } == "a\u{FFFD}")
    }
  }
}
