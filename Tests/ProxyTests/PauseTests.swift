import Testing

@testable import Proxy

extension WorkerTests {
  @Suite("A plugin pauses a request")
  struct PauseTests {
    func gateway(_ plugins: [String], pauseTimeout: UInt64 = 5000) throws -> TestGateway {
      let gateway = try TestGateway(plugins) { $0.pauseTimeout = pauseTimeout }
      gateway.upstream.onBytes = { connection in
        guard
          connection.text.hasSuffix("buffer") || connection.text.hasSuffix("0\r\n\r\n")
            || connection.text.hasPrefix("GET")
        else { return }
        connection.answer("HTTP/1.1 200 OK\r\nX-Up: stream\r\nContent-Length: 5\r\n\r\nhello")
      }
      return gateway
    }

    func settle(_ gateway: TestGateway, logs: Int = 1) {
      gateway.upstream.connections.forEach { $0.close() }
      gateway.expectNothingHeld()
      #expect(gateway.count("logged") == logs)
    }

    static let phases = [
      ("access", "none", "none"), ("request_body", "stream", "none"), ("request_body", "whole", "none"),
      ("header_filter", "none", "none"), ("body_filter", "none", "stream"), ("body_filter", "none", "whole"),
    ]

    @Test("it goes on from every phase when its timer says so", arguments: phases)
    func resumes(phase: String, request: String, response: String) throws {
      let gateway = try gateway([
        #"{"\#(phase)":"once;timer=1;return=1","event":"return=0","request_mode":"\#(request)","response_mode":"\#(response)"}"#
      ])
      let answer = try gateway.exchange(PluginPhaseTests.post)
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(PluginPhaseTests.body(of: answer) == "hello")
      #expect(gateway.count("event 1") == 1)
      settle(gateway)
    }

    @Test("its event may respond", arguments: phases)
    func responds(phase: String, request: String, response: String) throws {
      let gateway = try gateway([
        #"{"\#(phase)":"once;timer=1;return=1","event":"respond;return=2","request_mode":"\#(request)","response_mode":"\#(response)"}"#
      ])
      let answer = try gateway.exchange(PluginPhaseTests.post)
      #expect(answer.hasPrefix("HTTP/1.1 418 "))
      #expect(answer.hasSuffix("teapot"))
      settle(gateway)
    }

    @Test("after plugin_pause_timeout the client gets a 504", arguments: phases)
    func timesOut(phase: String, request: String, response: String) throws {
      let gateway = try gateway(
        [#"{"\#(phase)":"once;return=1","request_mode":"\#(request)","response_mode":"\#(response)"}"#],
        pauseTimeout: 20)
      let answer = try gateway.exchange(PluginPhaseTests.post)
      #expect(answer.hasPrefix("HTTP/1.1 504 "))
      #expect(gateway.count("event 4") == 1)
      settle(gateway)
    }

    @Test("a client that leaves meanwhile is told to the plugin, once", arguments: phases)
    func clientLeaves(phase: String, request: String, response: String) throws {
      let gateway = try gateway([
        #"{"\#(phase)":"once;log=paused;return=1","request_mode":"\#(request)","response_mode":"\#(response)"}"#
      ])
      let client = try gateway.client()
      client.send(PluginPhaseTests.post)
      gateway.run { gateway.count("paused") == 1 }
      client.leave()
      gateway.run { gateway.count("logged") == 1 }
      #expect(gateway.count("event 5") == 1)
      settle(gateway)
    }

    @Test(
      "what it answers to its event is done: hold, be done, end",
      arguments: [
        ("emit=more;return=0", "more"), ("return=4", ""), ("return=3", "hello"), ("emit=end;return=5", "end"),
        ("emit=before-;return=1;", "before-"),
      ])
    func bodyActions(event: String, expected: String) throws {
      let gateway = try gateway(
        [#"{"body_filter":"once;timer=1;return=1","event":"\#(event)","response_mode":"stream"}"#], pauseTimeout: 100)
      let answer = try gateway.exchange(PluginPhaseTests.get)
      // One that goes on pausing is cut off at last.
      #expect(answer.contains(expected))
      if !event.contains("return=1") { #expect(PluginPhaseTests.body(of: answer) == expected) }
      settle(gateway)
    }

    @Test("an event of a phase that has no body cannot hold it")
    func wrongAction() throws {
      let gateway = try gateway([#"{"access":"timer=1;return=1","event":"return=4"}"#])
      #expect(try gateway.exchange(PluginPhaseTests.get).hasPrefix("HTTP/1.1 500 "))
      settle(gateway)
    }

    @Test("nothing can be emitted before there is a response")
    func emitsEarly() throws {
      let gateway = try gateway([
        #"{"access":"timer=1;return=1","event":"emit=x;status;return=0","response_mode":"stream"}"#
      ])
      #expect(PluginPhaseTests.body(of: try gateway.exchange(PluginPhaseTests.get)) == "hello")
      #expect(gateway.count("status -2") == 1)
      settle(gateway)
    }

    @Test("what a plugin emits follows what one behind it holds")
    func order() throws {
      let gateway = try gateway([
        #"{"body_filter":"once;timer=1","event":"emit=-later","response_mode":"stream"}"#,
        #"{"body_filter":"once;timer=30;return=1","event":"return=0","response_mode":"stream"}"#,
      ])
      gateway.upstream.onBytes = { connection in
        connection.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
      }
      let client = try gateway.client()
      client.send(PluginPhaseTests.get)
      gateway.run { client.text.contains("later") }
      gateway.upstream.connections.first?.send("0\r\n\r\n")
      gateway.run { client.isClosed }
      #expect(PluginPhaseTests.body(of: client.text) == "first-later")
      settle(gateway, logs: 2)
    }

    /// An upstream that does not end its response.
    private func endless(_ plugins: [String]) throws -> TestGateway {
      let gateway = try gateway(plugins)
      gateway.upstream.onBytes = { connection in
        connection.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
      }
      return gateway
    }

    @Test("an event ends a response that nobody has paused, and its upstream is let go", arguments: ["emit=-end;", ""])
    func eventEnds(emit: String) throws {
      let gateway = try endless(
        [#"{"body_filter":"once;timer=1","event":"\#(emit)return=5","response_mode":"stream"}"#])
      let answer = try gateway.exchange(PluginPhaseTests.get)
      #expect(answer.hasSuffix("0\r\n\r\n"))
      #expect(PluginPhaseTests.body(of: answer) == (emit.isEmpty ? "first" : "first-end"))
      gateway.run { gateway.upstream.connections.first?.isClosed == true }
      settle(gateway)
    }

    private static let pauser = #"{"body_filter":"once;timer=30;return=1","event":"return=0","response_mode":"stream"}"#

    @Test("an end waits for a plugin behind that holds the response")
    func eventEndsBeforePause() throws {
      let gateway = try endless([
        #"{"body_filter":"once;timer=1","event":"emit=-end;return=5","response_mode":"stream"}"#, Self.pauser,
      ])
      #expect(PluginPhaseTests.body(of: try gateway.exchange(PluginPhaseTests.get)) == "first-end")
      settle(gateway, logs: 2)
    }

    @Test("what a plugin before holds is too late when the response has ended meanwhile")
    func eventEndsBehindPause() throws {
      let gateway = try endless([
        Self.pauser, #"{"header_filter":"timer=1","event":"emit=-end;return=5","response_mode":"stream"}"#,
      ])
      #expect(PluginPhaseTests.body(of: try gateway.exchange(PluginPhaseTests.get)) == "-end")
      settle(gateway, logs: 2)
    }

    @Test("an end before there is a response is no end")
    func eventEndsEarly() throws {
      let gateway = try gateway([
        #"{"access":"timer=1","event":"return=5","response_mode":"stream"}"#
      ])
      #expect(PluginPhaseTests.body(of: try gateway.exchange(PluginPhaseTests.get)) == "hello")
      settle(gateway)
    }

    @Test("a response that broke off is not made whole by a pause")
    func incomplete() throws {
      let gateway = try gateway([
        #"{"body_filter":"last;timer=1;return=1","event":"emit=rest;return=0","response_mode":"stream"}"#
      ])
      gateway.upstream.onBytes = { connection in
        connection.answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello")
        connection.close()
      }
      let answer = try gateway.exchange(PluginPhaseTests.get)
      #expect(answer.contains("rest"))
      #expect(!answer.hasSuffix("0\r\n\r\n"))
      settle(gateway)
    }

    @Test("a call-out ends in one event, and a failure in another", arguments: [true, false])
    func callout(works: Bool) throws {
      let other = try gateway([])
      let port = works ? other.upstream.address.port : 1
      let gateway = try gateway([
        #"{"access":"http=http://127.0.0.1:\#(port)/x;return=1","event":"return=0"}"#
      ])
      other.upstream.onBytes = { $0.answer("HTTP/1.1 201 C\r\nContent-Length: 2\r\n\r\nok") }
      let client = try gateway.client()
      client.send(PluginPhaseTests.get)
      gateway.run {
        if works { other.loop.runOnce(timeoutMilliseconds: 1) }
        return client.isClosed
      }
      #expect(client.text.hasPrefix("HTTP/1.1 200 "))
      #expect(gateway.count("event 2") == 1)
      #expect(gateway.count(works ? "http 201" : "http -11") == 1)
      settle(gateway)
    }

    @Test("a call-out to a name that is known not to exist is told, too")
    func unknownName() throws {
      let gateway = try gateway([#"{"access":"http=http://name.invalid/;return=1","event":"return=0"}"#])
      for _ in 0..<2 { #expect(try gateway.exchange(PluginPhaseTests.get).hasPrefix("HTTP/1.1 200 ")) }
      #expect(gateway.count("http -11") == 2)
      settle(gateway, logs: 2)
    }

    @Test("a request paused when the worker ends is logged, and its plugins are stopped last")
    func exit() throws {
      let gateway = try gateway([#"{"access":"return=1"}"#])
      let client = try gateway.client()
      client.send(PluginPhaseTests.get)
      gateway.run { gateway.runtime.requests.count == 1 }
      gateway.shutDown()
      #expect(gateway.count("logged") == 1)
      #expect(gateway.count("destroyed") == 1)
      #expect(gateway.lines.last?.hasSuffix("stopped") == true)
    }

    @Test("100 Continue is said before a whole body is waited for")
    func expectContinue() throws {
      let gateway = try gateway([#"{"request_mode":"whole"}"#])
      let client = try gateway.client()
      client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n")
      gateway.run { client.text.hasPrefix("HTTP/1.1 100 ") }
      client.send("buffer")
      gateway.run { client.isClosed }
      #expect(client.text.contains("HTTP/1.1 200 "))
      settle(gateway)
    }
  }
}
