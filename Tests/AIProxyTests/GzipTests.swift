import Foundation
import Testing

@testable import AIProxy

/// What zlib makes of texts, and the texts.
private let samples: [(name: String, bytes: String, text: String)] = [
  ("stored", "H4sIAAAAAAAA/wEPAPD/c3RvcmVkIGFzIGl0IGlzZXjRWg8AAAA=", "stored as it is"),
  ("fixed codes", "H4sIAAAAAAAA/0vLrEhNUUjOT0kt1lFIQ3AAVmwwMhgAAAA=", "fixed codes, fixed codes"),
  ("nothing", "H4sIAAAAAAAA/wMAAAAAAAAAAAA=", ""),
  (
    "codes of its own",
    "H4sIAAAAAAAA/12QQRbDIAhEr8LVSERjazRVE5uevhWURTc8GeAPaJIrgA59hAXXJzzO/ShQaibcCyw5tQhr8BSrtrEmsW6k1bb5QAIxHRrwc2uRZQ5TSXZ4cbM8MZqud6rw00V52L5O/5t2WKnhXbhHHNVCJizQNQ1ksqa/q2x6D5zok8AbC3Qw1G7kY0Hh6if1s0SabT35AmdQxXlaAQAA",
    "dogs again back jumps streams brown clients again brown brown the clients while back dogs lazy clients back back clients of jumps dogs jumps and of the brown over again quick gateways the while clients brown of events of again to jumps streams fox quick jumps clients lazy while events gateways events and of again streams back again events again"
  ),
  ("all fields of the head", "H4sIDgAAAAAA/wIAeHluYW1lAHp6y0vMTU0BAIfM4HEFAAAA", "named"),
  ("two members", "H4sIAAAAAAAA/8vPS1UAAElhrCMEAAAAH4sIAAAAAAAA/yspzwcAZorKEQMAAAA=", "one two"),
  (
    "repetitions from afar",
    "H4sIAAAAAAAA/+3BsRHDIBAAsImSnXiI4cHm2L9Klw3SSRqr5LVaz9nqOfWu+1Pm3i3iWTliltqi75lvAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPijsUpeq/WcrZ5T77o/Ze7dIp6VI2apLfqe+QIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH6+szIy1OgbAQA=",
    "hkaifkdgijdcppclcneajnndbbmkihbjacdbgnji" + String(repeating: ".", count: 32600)
      + "hkaifkdgijdcppclcneajnndbbmkihbjacdbgnji" + String(repeating: "-", count: 40000)
  ),
]

/// The text, and whether it was whole; `nil` when it is malformed.
private func decode(_ pieces: [[UInt8]], limit: Int = 1000) -> (text: [UInt8], isComplete: Bool)? {
  var decoder = GzipDecoder()
  var text: [UInt8] = []
  for piece in pieces {
    decoder.append(piece.span)
    while true {
      let before = text.count
      let progress = decoder.run(into: &text, limit: limit)
      if progress == .malformed { return nil }
      #expect(text.count - before <= limit + 258)
      if progress == .needsInput { break }
    }
  }
  return (text, decoder.isComplete)
}

private func bytes(_ sample: (name: String, bytes: String, text: String)) throws -> [UInt8] {
  Array(try #require(Data(base64Encoded: sample.bytes)))
}

@Suite("gzip, taken off as it comes")
struct GzipTests {
  @Test("134: a body is the same however it is cut", arguments: samples)
  func pieces(_ sample: (name: String, bytes: String, text: String)) throws {
    let body = try bytes(sample)
    let whole = try #require(decode([body]))
    #expect(String(decoding: whole.text, as: UTF8.self) == sample.text && whole.isComplete)
    for place in 0..<body.count {
      let cut = try #require(decode([Array(body[..<place]), Array(body[place...])]))
      #expect(cut.text == whole.text && cut.isComplete)
      let beginning = try #require(decode([Array(body[..<place])]))
      #expect(whole.text.starts(with: beginning.text))
    }
    let single = try #require(decode(body.map { [$0] }, limit: 1))
    #expect(single.text == whole.text)
  }

  @Test("a body that is cut off is not whole")
  func cutOff() throws {
    let body = try bytes(samples[3])
    for place in 0..<body.count { #expect(decode([Array(body[..<place])])?.isComplete == false) }
  }

  @Test("a body with a wrong bit is never taken for another text", arguments: samples)
  func damaged(_ sample: (name: String, bytes: String, text: String)) throws {
    let body = try bytes(sample)
    for place in 0..<body.count {
      for bit in 0..<8 {
        var damaged = body
        damaged[place] ^= 1 << UInt8(bit)
        guard let result = decode([damaged], limit: 100_000), result.isComplete else { continue }
        #expect(String(decoding: result.text, as: UTF8.self) == sample.text, "at \(place)")
      }
    }
  }

  @Test("134: each event of a compressed stream is told when it has come")
  func incremental() throws {
    let body = try bytes(samples[0])
    // A stored block: its bytes are there before its end is.
    let beginning = try #require(decode([Array(body[..<20])]))
    #expect(String(decoding: beginning.text, as: UTF8.self) == "store")
  }

  @Test("a head that does not end is no head")
  func endlessName() {
    let name = [UInt8](repeating: UInt8(ascii: "n"), count: 1000)
    #expect(decode([[0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3]] + Array(repeating: name, count: 60))?.isComplete == false)
    #expect(decode([[0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3]] + Array(repeating: name, count: 70)) == nil)
  }

  @Test("a piece that holds far more than texts do ends the answer", arguments: [10_000, 20_000])
  func bomb(repetitions: Int) throws {
    var bits: [UInt8] = [1, 1, 0]
    // "a" in the fixed code, then 258 bytes at a time that repeat it: 13 bits each.
    bits += [1, 0, 0, 1, 0, 0, 0, 1]
    for _ in 0..<repetitions { bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] }
    var body: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    for start in stride(from: 0, to: bits.count, by: 8) {
      body.append(bits[start..<min(start + 8, bits.count)].reversed().reduce(0) { $0 << 1 | $1 })
    }
    let gateway = try Gateway(
      #"{"llm_format":"openai","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"}}"#)
    gateway.send(request(), path: "/ai")
    _ = gateway.exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: true, isGzip: true, now: 1)
    let action = gateway.exchange.responsePiece(body.span, isLast: false, now: 2)
    #expect(action == (repetitions == 10_000 ? .replace : .end))
    #expect(gateway.exchange.takeOutput().count < 5_000_000)
  }

  @Test("134: answers in gzip are answers, and what is no gzip is a failure", arguments: ["anthropic", "openai"])
  func exchange(format: String) throws {
    let configuration =
      #"{"llm_format":"\#(format)","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"}}"#
    func answer(_ body: [UInt8]) throws -> (Exchange.PieceAction, String) {
      let gateway = try Gateway(configuration)
      gateway.send(request(), path: format == "anthropic" ? "/anything/v1/messages" : "/ai")
      _ = gateway.exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: true, isGzip: true, now: 1)
      let action = gateway.exchange.responsePiece(body.span, isLast: true, now: 2)
      return (action, String(decoding: gateway.exchange.takeOutput(), as: UTF8.self))
    }
    let body = try #require(Data(base64Encoded: Self.completion))
    let (action, text) = try answer(Array(body))
    #expect(action == .replace && text.contains("squeezed"))
    let (other, _) = try answer(Array("no gzip at all".utf8))
    if format == "anthropic" {
      guard case .respond(let response) = other else {
        Issue.record("no response")
        return
      }
      #expect(response.status == 502)
    } else {
      #expect(other == .end)
    }
  }

  /// A completion that says "squeezed".
  private static let completion =
    "H4sIAAAAAAAA/0VOSQ7CMAz8y5wjxHLLVxCqQmpoII1L7UqIKn/HQQJO1iyemRWph0eEA59vFLWBIegm8jhl0sTFpDhTUDLjzmHknrK5xsYPnCIJ/HFFKj094bfmIJFwJfgVM2e7CCJJNBRtP1yUSuuRx0L0stjqcEklydBZj1ijacoT6slh+UZNsy3STvlORT5L/hN/7N5BWUP+EYda36L6c+rjAAAA"
}
