import JSON
import Testing

@testable import AIProxy

@Suite("Requests of one conversation")
struct RememberedRequestTests {
  private func tools(_ count: Int, prefix: String = "tool_", last: String = "last") -> String {
    let all = (0..<count).map { place in
      let name = place == count - 1 ? last : "\(prefix)\(place)"
      return #"""
        {"name":"\#(name)","description":"does \"\#(place)\"","input_schema":{"$schema":"s","type":"object",\#
        "properties":{"a":{"type":"string","description":"é\n"}}}}
        """#
    }
    return "\"tools\":[\(all.joined(separator: ","))],"
  }

  private func system(_ word: String) -> String { "\"system\":\"\(String(repeating: word, count: 400))\"," }

  @Test("get the bytes that each of them gets alone, however often and in whatever order they come")
  func sameBytes() throws {
    let json = JSONReader()
    json.memory = JSONMemory(names: ["system", "tools"])
    let bodies = [
      request(tools(20) + system("a ")),
      request(
        messages:
          #"[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"},{"role":"user","content":"hu"}]"#,
        system("a ") + tools(20)),
      request(tools(20, last: "lost") + system("b ")),
      // Of names that are changed upstream, nothing is taken over: answers must be changed back.
      request(tools(20, prefix: "a tool ") + system("a ")),
      request(tools(20, last: "search")),
      request(tools(20) + #""tool_choice":{"type":"tool","name":"tool_3"},"#),
      request(tools(1)),
      request(),
    ]
    for round in 0..<4 {
      for (index, body) in (round % 2 == 0 ? Array(bodies.enumerated()) : bodies.enumerated().reversed()) {
        let configuration = configuration()
        let translated = try AnthropicRequestTranslator(
          settings: ChatRequestSettings(configuration, driver: DashScope()), json: json
        ).translate(Array(body.utf8).span)
        let alone = try translate(body)
        #expect(translated.text == alone.text, "\(index) in round \(round)")
        #expect(translated.toolNames.isEmpty == alone.toolNames.isEmpty, "\(index) in round \(round)")
        #expect(translated.notes == alone.notes)
      }
    }
  }

  @Test("are translated for each provider in its own way")
  func providers() throws {
    let json = JSONReader()
    json.memory = JSONMemory(names: ["system", "tools"])
    let body = request(tools(20, last: "search"))
    let drivers = [try #require(Drivers.driver(for: "dashscope")), try #require(Drivers.driver(for: "openai"))]
    for round in 0..<4 {
      for driver in drivers {
        let settings = ChatRequestSettings(configuration(), driver: driver)
        let translated = try AnthropicRequestTranslator(settings: settings, json: json).translate(Array(body.utf8).span)
        let alone = try AnthropicRequestTranslator(settings: settings, json: JSONReader()).translate(
          Array(body.utf8).span)
        #expect(translated.text == alone.text, "round \(round)")
      }
    }
  }
}
