import JSON
import Testing

@testable import AIProxy

private let searches = configuration { $0.translation.webSearch = .enableSearch }

/// As Claude Code's WebSearch asks.
private let searchCall = request(
  messages:
    #"[{"role":"user","content":[{"type":"text","text":"Perform a web search for the query: torii \"gates\""}]}]"#,
  #""tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8}],"tool_choice":{"type":"auto"},"#)

private let found =
  #""search_info":{"search_results":[{"site_name":"S","index":1,"title":"T \"x\"","url":"https://a/b"},{"index":2,"url":"https://c"},{"title":"no address"}]}"#

private func searching(_ demand: AnthropicWebSearch.Demand = .forced) throws -> AnthropicAnswer {
  let translated = try translate(searchCall, searches)
  return answer {
    $0.webSearch = translated.webSearch
    $0.webSearch.demand = demand
  }
}

private let resultBlocks = [
  "cs0 server_tool_use srvtoolu_1 web_search", #"cd0 input_json:{"query":"torii \"gates\""}"#, "cx0",
  "cs1 web_search_tool_result", "cx1",
]

@Suite("Web search")
struct WebSearchTests {
  @Test("49: a search is forced when there is nothing else to do, allowed beside other tools, and else not told of")
  func demand() throws {
    let alone = try translate(searchCall, searches)
    #expect(alone.webSearch.demand == .forced)
    #expect(try alone.node["enable_search"]?.boolean == true)
    #expect(try alone.node["search_options"]?["forced_search"]?.boolean == true)
    #expect(String(decoding: alone.webSearch.query, as: UTF8.self) == #"torii \"gates\""#)
    let tools = #""tools":[{"name":"A"},{"type":"web_search_20260209","name":"web_search"}],"#
    let beside = try translate(request(tools), searches)
    #expect(beside.webSearch.demand == .allowed)
    #expect(try beside.node["search_options"]?["forced_search"] == nil)
    let chosen = try translate(request(tools + #""tool_choice":{"type":"tool","name":"web_search"},"#), searches)
    #expect(chosen.webSearch.demand == .forced)
    let off = try translate(searchCall)
    #expect(off.webSearch.demand == .none)
    #expect(try off.node["enable_search"] == nil)
  }

  @Test("49: what was found comes in the blocks that Claude Code reads", arguments: ["root", "choice", "delta"])
  func results(_ place: String) throws {
    let first =
      switch place {
      case "root": #"{"choices":[{"index":0,"delta":{"content":"a"}}],\#(found)}"#
      case "choice": #"{"choices":[{"index":0,\#(found),"delta":{"content":"a"}}]}"#
      default: #"{"choices":[{"index":0,"delta":{\#(found),"content":"a"}}]}"#
      }
    // Providers repeat it with every event.
    let result = stream(pieces: [frames([first, first, stop, usageChunk, done])], answer: try searching())
    #expect(
      transcript(result.output)
        == ["ms", "ping"] + resultBlocks + ["cs2 text", "cd2 text:a", "cd2 text:a", "cx2", "md end_turn 10/5", "mx"])
    #expect(
      result.output.contains(
        #""content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://a/b","title":"T \"x\"","encrypted_content":"","page_age":null},{"type":"web_search_result","url":"https://c","title":"","encrypted_content":"","page_age":null}]}"#
      ))
    #expect(result.output.contains(#""server_tool_use":{"web_search_requests":1}"#))
    #expect(violations(transcript(result.output)) == [])
  }

  @Test("49: an answer that does not say where it comes from still tells of the search that was asked for")
  func withoutSources() throws {
    let events = frames([text("a"), stop, usageChunk, done])
    let forced = transcript(stream(pieces: [events], answer: try searching()).output)
    #expect(
      forced == [
        "ms", "ping", "cs0 text", "cd0 text:a", "cx0", "cs1 server_tool_use srvtoolu_1 web_search",
        #"cd1 input_json:{"query":"torii \"gates\""}"#, "cx1", "cs2 web_search_tool_result", "cx2", "md end_turn 10/5",
        "mx",
      ])
    let allowed = transcript(stream(pieces: [events], answer: try searching(.allowed)).output)
    #expect(allowed == ["ms", "ping", "cs0 text", "cd0 text:a", "cx0", "md end_turn 10/5", "mx"])
  }

  @Test("49: results that come late, or amid a call's arguments, wait for their place")
  func lateResults() throws {
    let late = #"{"choices":[],\#(found)}"#
    let after = transcript(stream(pieces: [frames([text("a"), late, stop, done])], answer: try searching()).output)
    #expect(
      after.filter { $0.hasPrefix("cs") }.map { $0.split(separator: " ")[1] } == [
        "text", "server_tool_use", "web_search_tool_result",
      ])
    let amid = transcript(
      stream(
        pieces: [frames([toolStart(0, "c1", "A", "{"), late, toolMore(0, "}"), toolStop, done])],
        answer: try searching(.allowed)
      ).output)
    #expect(violations(amid) == [])
    #expect(
      amid.filter { $0.hasPrefix("cs") }.map { $0.split(separator: " ")[1] } == [
        "tool_use", "server_tool_use", "web_search_tool_result",
      ])
  }

  @Test("49: a whole message holds the same blocks")
  func wholeMessage() throws {
    let body = #"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],\#(found)}"#
    let node = try JSONNode.parse(message(body, answer: try searching()).body)
    #expect(
      node["content"]?.array?.map { $0["type"]?.string } == ["server_tool_use", "web_search_tool_result", "text"])
    #expect(node["content"]?[0]?["input"] == ["query": #"torii "gates""#])
    #expect(node["content"]?[1]?["content"]?[0]?["url"]?.string == "https://a/b")
    #expect(node["usage"]?["server_tool_use"] == ["web_search_requests": 1])
    let plain = try JSONNode.parse(message(body).body)
    #expect(plain["content"]?.array?.count == 1, "nobody asked for a search")
    #expect(plain["usage"]?["server_tool_use"] == nil)
  }

  @Test("36, 49: the blocks go back into the history as words")
  func history() throws {
    let body = #"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],\#(found)}"#
    let content = try #require(try JSONNode.parse(message(body, answer: try searching()).body)["content"])
    let sent = try messages(
      request(
        messages:
          #"[{"role":"user","content":"q"},{"role":"assistant","content":\#(content.description)},{"role":"user","content":"r"}]"#
      ))
    #expect(sent[1]?["content"]?.string?.contains("[used web_search: torii \"gates\"]") == true)
    #expect(sent[1]?["content"]?.string?.contains("https://a/b") == true)
  }
}
