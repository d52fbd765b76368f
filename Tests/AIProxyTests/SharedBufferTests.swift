import Testing

@testable import AIProxy

@Suite("Streams of one instance share the memory that they write into")
struct SharedBufferTests {
  private let instance: ProxyInstance

  init() throws {
    let configuration = #"""
      {"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"}}
      """#
    instance = try ProxyInstance(
      configuration: Array(configuration.utf8), pluginIdentifier: "p", identifiers: IdentifierGenerator(seed: 1, 2))
  }

  private func begin() -> Exchange {
    let exchange = Exchange(instance)
    _ = exchange.access(method: "POST", path: "/v1/messages")
    let body = #"{"stream":true,"max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#
    _ = exchange.requestBody(
      Array(body.utf8).span, isTooLarge: false, path: "/v1/messages", query: "", hasOwnCredential: false, now: 1
    ) { _, _ in nil }
    _ = exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: false, now: 2)
    return exchange
  }

  private func event(_ text: String) -> [UInt8] {
    Array("data: {\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"index\":0,\"finish_reason\":null}]}\n\n".utf8)
  }

  @Test("what one stream's client gets holds nothing of another's, whichever is taken when")
  func interleaved() {
    let streams = [begin(), begin(), begin()]
    var outputs = [String](repeating: "", count: streams.count)
    for turn in 0..<60 {
      let index = turn * 7 % streams.count
      let name = ["red", "green", "blue"][index]
      // A piece may hold half an event, so that nothing is written.
      let bytes = event("\(name)-\(turn)")
      let cut = turn * 11 % bytes.count
      for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
        _ = streams[index].responsePiece(piece.span, isLast: false, now: 3)
        if turn % 5 == 4 { continue }
        let taken = streams[index].takeOutput()
        outputs[index] += String(decoding: taken, as: UTF8.self)
        streams[index].recycle(taken)
      }
    }
    for (index, name) in ["red", "green", "blue"].enumerated() {
      outputs[index] += String(decoding: streams[index].takeOutput(), as: UTF8.self)
      let turns = (0..<60).filter { $0 * 7 % streams.count == index }
      let texts = outputs[index].split(separator: "\"text\":\"").dropFirst(2).compactMap {
        $0.split(separator: "\"").first
      }
      #expect(texts.map(String.init) == turns.map { "\(name)-\($0)" })
    }
  }

  @Test("a stream that waits keeps no buffer")
  func waiting() {
    let exchange = begin()
    _ = exchange.responsePiece(event("x").span, isLast: false, now: 3)
    let taken = exchange.takeOutput()
    #expect(!taken.isEmpty)
    exchange.recycle(taken)
    #expect(exchange.output.capacity == 0)
    guard case .anthropicStream(let translator) = exchange.path else {
      Issue.record("the path is another one")
      return
    }
    #expect(translator.value.output.capacity == 0)
    #expect(instance.buffer.isEmpty && instance.buffer.capacity > 0)
  }
}
