import JSON
import Testing

@testable import AIProxy

private func count(_ body: String) throws -> Int {
  try AnthropicTokenCount.count(Array(body.utf8).span, json: JSONReader())
}

@Suite("What the gateway answers itself")
struct LocalAnswerTests {
  @Test(
    "74, 77: calls are told apart by method and path",
    arguments: [
      ("POST", "/anything/v1/messages", AnthropicCall.messages), ("POST", "/v1/messages/", .messages),
      ("POST", "/anything", .messages), ("POST", "/", .messages),
      ("POST", "/x/v1/messages/count_tokens", .countTokens), ("GET", "/x/v1/models", .models),
      ("GET", "/v1/models/qwen-plus", .model("qwen-plus")), ("HEAD", "/anything/api/hello", .probe),
      ("HEAD", "/", .probe),
      ("GET", "/api/hello", .probe), ("GET", "/v1/messages", .wrongMethod), ("DELETE", "/v1/messages", .wrongMethod),
      ("GET", "/v1/messages/count_tokens", .wrongMethod), ("POST", "/v1/messages/batches", .unknown),
      ("POST", "/v1/oauth/token", .unknown), ("GET", "/api/claude_cli/bootstrap", .unknown), ("POST", "/mcp", .unknown),
    ])
  func calls(_ given: (method: String, path: String, expected: AnthropicCall)) {
    #expect(AnthropicCall(method: given.method, path: given.path) == given.expected)
  }

  @Test("74: the list of models names the configured one and its alias")
  func models() throws {
    let settings = ChatRequestSettings(configuration { $0.model.alias = "claude-haiku" }, driver: DashScope())
    let list = try JSONNode(parsing: AnthropicModelList.body(settings))
    #expect(list["data"]?.array?.compactMap { $0["id"]?.string } == ["qwen-plus", "claude-haiku"])
    #expect(list["has_more"]?.boolean == false && list["first_id"]?.string == "qwen-plus")
    #expect(list["last_id"]?.string == "claude-haiku")
    #expect(list["data"]?[0]?["max_tokens"]?.integer == 32768 && list["data"]?[0]?["lifecycle"]?.string == "active")
    #expect(AnthropicModelList.body(of: "qwen-plus", settings) != nil)
    #expect(AnthropicModelList.body(of: "other", settings) == nil)
    let unnamed = ChatRequestSettings(
      configuration {
        $0.model.name = nil
        $0.model.alias = "a*"
      }, driver: DashScope())
    #expect(try JSONNode(parsing: AnthropicModelList.body(unnamed))["first_id"]?.isNull == true)
  }

  @Test("75: more content counts more, and images count as such")
  func tokenCounts() throws {
    let short = try count(request())
    let long = try count(
      request(messages: #"[{"role":"user","content":"\#(String(repeating: "hello world ", count: 100))"}]"#))
    let withSystem = try count(request(#""system":"You are a helpful assistant.","#))
    let withTool = try count(
      request(#""tools":[{"name":"A","description":"does things","input_schema":{"type":"object"}}],"#))
    #expect(short > 0 && long > short + 150 && withSystem > short && withTool > short)
    func image(_ size: Int) -> String {
      let data = String(repeating: "A", count: size)
      return request(
        messages:
          #"[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(data)"}}]}]"#
      )
    }
    #expect(try count(image(100)) == count(image(100_000)))
    #expect(try count(image(100)) > 1000)
    #expect(throws: Failure.self) { try count("{}") }
    #expect(throws: Failure.self) { try count("x") }
    #expect(String(decoding: AnthropicTokenCount.body(7), as: UTF8.self) == #"{"input_tokens":7}"#)
  }
}
