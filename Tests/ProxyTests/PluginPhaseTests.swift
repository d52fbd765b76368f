import Testing

@testable import Proxy

extension WorkerTests {
  @Suite("What plugins do to a request")
  struct PluginPhaseTests {
    static let get = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    static let post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\nbuffer"

    /// Runs one request with the plugins, and checks what holds whatever they do.
    func exchange(_ plugins: [String], _ request: String = get, chunked: Bool = false) throws -> (String, TestGateway) {
      let gateway = try TestGateway(plugins)
      gateway.upstream.onBytes = { connection in
        guard connection.text.contains("\r\n\r\n") else { return }
        if connection.text.hasPrefix("POST"), !connection.text.hasSuffix("buffer"),
          !connection.text.hasSuffix("0\r\n\r\n")
        {
          return
        }
        connection.answer("HTTP/1.1 200 OK\r\nX-Up: stream\r\nContent-Length: 5\r\n\r\nhello")
      }
      let answer = try gateway.exchange(request)
      gateway.upstream.connections.forEach { $0.close() }
      gateway.expectNothingHeld()
      #expect(gateway.count("logged") == plugins.count, "log runs once for each instance")
      #expect(gateway.count("ended") == plugins.count)
      gateway.shutDown()
      #expect(gateway.count("created") == gateway.count("destroyed"))
      return (answer, gateway)
    }

    @Test(
      "each phase fails in turn: the client gets a 500, log still runs",
      arguments: ["access", "header_filter", "body_filter"])
    func failures(phase: String) throws {
      let (answer, _) = try exchange([#"{"\#(phase)":"return=-11","response_mode":"stream"}"#])
      #expect(answer.hasPrefix("HTTP/1.1 500 "))
    }

    @Test("an action that does not exist is misbehaviour", arguments: ["access", "header_filter", "body_filter"])
    func nonsense(phase: String) throws {
      let (answer, gateway) = try exchange([#"{"\#(phase)":"return=99","response_mode":"stream"}"#])
      #expect(answer.hasPrefix("HTTP/1.1 500 "))
      #expect(gateway.lines.contains { $0.contains("misbehaves") })
    }

    @Test(
      "RESPOND answers in place of what there was",
      arguments: ["access", "request_body", "header_filter", "body_filter"])
    func responds(phase: String) throws {
      let (answer, _) = try exchange(
        [#"{"\#(phase)":"respond;return=2","response_mode":"stream","request_mode":"whole"}"#], Self.post)
      #expect(answer.hasPrefix("HTTP/1.1 418 "))
      #expect(answer.contains("X-Own: yes\r\n"))
      #expect(answer.hasSuffix("teapot"))
    }

    @Test(
      "respond() without RESPOND changes nothing",
      arguments: ["access", "request_body", "header_filter", "body_filter"])
    func respondsNot(phase: String) throws {
      let (answer, _) = try exchange(
        [#"{"\#(phase)":"respond;return=0","response_mode":"stream","request_mode":"whole"}"#], Self.post)
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(!answer.contains("X-Own"))
      #expect(answer.contains("hello"))
    }

    @Test("RESPOND without respond() is misbehaviour, also when an instance before it had called respond()")
    func respondsWithout() throws {
      let (answer, gateway) = try exchange([#"{"access":"respond;return=0"}"#, #"{"access":"return=2"}"#])
      #expect(answer.hasPrefix("HTTP/1.1 500 "))
      #expect(gateway.lines.contains { $0.contains("without a response") })
    }

    @Test("a response may be made of views of the present one", arguments: ["header_filter", "body_filter"])
    func copies(phase: String) throws {
      let (answer, _) = try exchange([#"{"\#(phase)":"copy;return=2","response_mode":"stream"}"#])
      #expect(answer.hasPrefix("HTTP/1.1 418 "))
      #expect(answer.contains("X-Own: stream\r\n"))
      #expect(answer.hasSuffix(phase == "body_filter" ? "hello" : "teapot"))
    }

    @Test("a value may be set from a value of the same map")
    func grows() throws {
      let (answer, gateway) = try exchange([#"{"access":"grow","header_filter":"grow"}"#])
      let value = "X-Grown: " + String(repeating: "v", count: 512) + "\r\n"
      #expect(answer.contains(value))
      #expect(gateway.upstream.text.contains(value))
    }

    @Test("a plugin's Host field takes the place of the gateway's")
    func host() throws {
      let (_, gateway) = try exchange([#"{"access":"set=Host:elsewhere"}"#])
      #expect(gateway.upstream.text.contains("\r\nHost: elsewhere\r\n"))
      #expect(gateway.upstream.text.lowercased().components("\r\nhost:").count == 2)
    }

    @Test(
      "fields that frame the message are refused",
      arguments: ["Content-Length:1", "Transfer-Encoding:chunked", "Connection:x", "X-A:a\\rb"])
    func framing(field: String) throws {
      let (_, gateway) = try exchange([#"{"access":"set=\#(field);status"}"#])
      #expect(gateway.count("status -4") == 1)
    }

    @Test(
      "fields that frame the message are not the plugin's to remove either, as misbehaviour says; others are",
      arguments: [
        ("access", "Content-Length", -4), ("access", "connection", -4), ("header_filter", "Content-Length", -4),
        ("header_filter", "Proxy-Connection", -4), ("header_filter", "X-Up", 0), ("header_filter", "X-None", -5),
      ])
    func removes(phase: String, field: String, status: Int) throws {
      let (answer, gateway) = try exchange([#"{"\#(phase)":"remove=\#(field);status"}"#], Self.post)
      #expect(gateway.count("status \(status)") == 1)
      #expect(gateway.lines.contains { $0.contains("misbehaves") } == (status == -4))
      #expect(answer.hasSuffix("hello"))
      #expect(gateway.upstream.text.hasSuffix("buffer"))
    }

    @Test("a call-out belongs to a request: for request 0 it is refused as invalid")
    func calloutOfNoRequest() throws {
      let (_, gateway) = try exchange([#"{"access":"http0=http://127.0.0.1:9/;status"}"#])
      #expect(gateway.count("status -4") == 1)
    }

    @Test("the field lines of a call-out's response are told in order, in its event only")
    func calloutLines() throws {
      let other = try TestGateway()
      other.upstream.onBytes = {
        $0.answer("HTTP/1.1 204 N\r\nX-One: 1\r\nX-Two: 2\r\nX-One: 3\r\n\r\n")
        $0.close()
      }
      let gateway = try TestGateway([
        #"{"access":"lines=4;status;http=http://127.0.0.1:\#(other.upstream.address.port)/;return=1","#
          + #""event":"lines=4;status;return=0"}"#
      ])
      gateway.upstream.onBytes = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
      let client = try gateway.client()
      client.send(Self.get)
      gateway.run {
        other.loop.runOnce(timeoutMilliseconds: 1)
        return client.isClosed
      }
      #expect(gateway.count("status -2") == 1, "there is no such map before the event")
      #expect(gateway.count("status -5") == 1, "the end of the map")
      let lines = gateway.lines.compactMap { line in line.components("line ").dropFirst().last }
      #expect(lines == ["X-One: 1", "X-Two: 2", "X-One: 3"])
    }

    @Test("what is emitted for a request without a body does not reach the upstream as one")
    func emitsWithoutBody() throws {
      let (answer, gateway) = try exchange([#"{"request_body":"emit=GET /evil HTTP/1.1","request_mode":"stream"}"#])
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      #expect(!gateway.upstream.text.contains("evil"))
    }

    @Test(
      "a body filter holds, emits and ends; the framing fits",
      arguments: [
        ("return=4", "stream", ""), ("last;emit=bye", "stream", "bye"), ("emit=no more;return=5", "stream", "no more"),
        ("return=3", "stream", "hello"), ("return=4", "observe", "hello"), ("emit=x;status", "observe", "hello"),
        ("emit=whole", "whole", "whole"), ("return=4", "whole", ""),
      ])
    func bodyFilter(script: String, mode: String, expected: String) throws {
      let (answer, _) = try exchange([
        #"{"body_filter":"\#(script)","response_mode":"\#(mode)"}"#, #"{"response_mode":"stream"}"#,
      ])
      #expect(Self.body(of: answer) == expected)
    }

    @Test("a response to HEAD keeps its head and has no content, whatever a body filter emits")
    func headRequest() throws {
      let gateway = try TestGateway([#"{"body_filter":"emit=unwanted","response_mode":"stream"}"#])
      let answer = try gateway.exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(answer.hasSuffix("\r\n\r\n"))
      #expect(!answer.contains("unwanted"))
    }

    @Test("content that a 204 or 304 must not have is not sent", arguments: [204, 304])
    func noContent(status: Int) throws {
      let gateway = try TestGateway([#"{"body_filter":"emit=unwanted","response_mode":"stream"}"#])
      gateway.upstream.onBytes = { $0.answer("HTTP/1.1 \(status) N\r\n\r\n") }
      let answer = try gateway.exchange(Self.get)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(answer.hasSuffix("\r\n\r\n"))
      #expect(!answer.contains("unwanted"))
    }

    @Test("a body beyond the limit of a whole mode: 413 for a request, 502 for a response, unless the plugin responds")
    func tooLarge() throws {
      #expect(try exchange([#"{"request_mode":"whole","request_limit":3}"#], Self.post).0.hasPrefix("HTTP/1.1 413 "))
      #expect(try exchange([#"{"response_mode":"whole","response_limit":3}"#]).0.hasPrefix("HTTP/1.1 502 "))
      #expect(
        try exchange([#"{"response_mode":"whole","response_limit":3,"body_filter":"respond;return=2"}"#]).0.hasPrefix(
          "HTTP/1.1 418 "))
    }

    @Test("only instances that want a body whole hear that it is too large", arguments: ["stream", "observe"])
    func tooLargeForOthers(mode: String) throws {
      let other =
        #"{"request_mode":"\#(mode)","request_body":"log=told","response_mode":"\#(mode)","body_filter":"flags"}"#
      for plugins in [
        [#"{"request_mode":"whole","request_limit":3,"request_body":"flags"}"#, other],
        [other, #"{"request_mode":"whole","request_limit":3,"request_body":"flags"}"#],
      ] {
        let (answer, gateway) = try exchange(plugins, Self.post)
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(gateway.count("flags 3") == 1)
        #expect(gateway.count("told") == 0)
      }
      for plugins in [
        [#"{"response_mode":"whole","response_limit":3}"#, other],
        [other, #"{"response_mode":"whole","response_limit":3}"#],
      ] {
        let (answer, gateway) = try exchange(plugins)
        #expect(answer.hasPrefix("HTTP/1.1 502 "))
        // It sees the response that takes the place of the upstream's.
        #expect(gateway.count("flags 1") == 1)
        #expect(gateway.count("flags 3") == 0)
      }
    }

    static func body(of answer: String) -> String {
      let parts = answer.components("\r\n\r\n")
      guard parts.count > 1 else { return "(no head)" }
      let rest = parts.dropFirst().joined(separator: "\r\n\r\n")
      guard parts[0].contains("Transfer-Encoding: chunked") else { return rest }
      var text = ""
      var lines = rest.components("\r\n")[...]
      while let size = lines.popFirst().flatMap({ Int($0, radix: 16) }) {
        if size == 0 { return text }
        text += lines.popFirst() ?? ""
      }
      return text + "(incomplete)"
    }
  }
}
