import JSON
import Testing

@testable import AIProxy

@Suite("What is logged")
struct StatisticsTests {
  private func statistics(_ change: (inout Statistics) -> Void) -> Statistics {
    var result = Statistics()
    result.pluginIdentifier = "63199335-6c5a-4798-a0ad-f2cbf13cc497"
    result.provider = "dashscope"
    result.requestModel = "qwen-plus"
    result.startTime = 1_000_000_000
    change(&result)
    return result
  }

  @Test("146: a one-shot call has all fields of Kong's record, numbers to 14 digits")
  func oneShot() throws {
    let record = statistics {
      $0.endTime = 1_000_000_000 + 17_028_999_999
      $0.usage = Usage(isReported: true, promptTokens: 13486, completionTokens: 493, cachedTokens: 0)
    }
    #expect(
      String(decoding: record.usageJSON(options: .init()), as: UTF8.self)
        == #"""
        {"prompt_tokens":13486,"completion_tokens":493,"total_tokens":13979,"cost":0,"time_per_token":34.539553752535,\#
        "time_to_first_token":17028,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{}}
        """#)
    #expect(
      String(decoding: record.metaJSON(), as: UTF8.self)
        == #"""
        {"plugin_id":"63199335-6c5a-4798-a0ad-f2cbf13cc497","provider_name":"dashscope","request_model":"qwen-plus",\#
        "response_model":"qwen-plus","request_mode":"oneshot","llm_latency":17028}
        """#)
  }

  @Test("147: a stream has the time to its first token")
  func streamed() throws {
    let record = statistics {
      $0.isStream = true
      $0.responseModel = "qwen-plus-2025"
      $0.firstTokenTime = 1_250_000_000
      $0.endTime = 2_000_000_000
      $0.usage = Usage(isReported: true, promptTokens: 10, completionTokens: 4, totalTokens: 15, reasoningTokens: 2)
    }
    let usage = try JSONNode(parsing: record.usageJSON(options: .init()))
    #expect(usage["time_to_first_token"]?.integer == 250 && usage["time_per_token"]?.integer == 250)
    #expect(usage["total_tokens"]?.integer == 15)
    #expect(usage["completion_tokens_details"]?["reasoning_tokens"]?.integer == 2)
    let meta = try JSONNode(parsing: record.metaJSON())
    #expect(meta["request_mode"]?.string == "stream" && meta["response_model"]?.string == "qwen-plus-2025")
    #expect(meta["llm_latency"]?.integer == 1000)
  }

  @Test("a call without tokens divides by nothing")
  func noTokens() throws {
    let record = statistics { $0.endTime = 0 }
    let usage = try JSONNode(parsing: record.usageJSON(options: .init()))
    #expect(usage["time_per_token"]?.integer == 0 && usage["time_to_first_token"]?.integer == 0)
  }

  @Test("148: cached tokens are shown beside the upstream's total")
  func cachedTokens() throws {
    let usage = #"{"prompt_tokens":1000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":600}}"#
    let read = JSONReader().read(Array(usage.utf8).span) { UsageReader.read($0) }
    let counts = try #require(read ?? nil)
    let node = try JSONNode(parsing: statistics { $0.usage = counts }.usageJSON(options: .init()))
    #expect(node["prompt_tokens"]?.integer == 1000)
    #expect(node["prompt_tokens_details"]?["cached_tokens"]?.integer == 600)
  }

  @Test("86: an estimate says that it is one")
  func estimated() throws {
    let record = statistics {
      $0.usage = UsageEstimate.usage(promptTokens: 7, producedByteCount: 9)
      $0.isEstimated = true
    }
    let usage = try JSONNode(parsing: record.usageJSON(options: .init()))
    #expect(usage["estimated"]?.boolean == true && usage["completion_tokens"]?.integer == 3)
  }

  @Test("146: prices are per million tokens, and need both sides")
  func cost() {
    let usage = Usage(
      isReported: true, promptTokens: 1_000_000, completionTokens: 500_000, cachedTokens: 400_000,
      cacheCreationTokens: 100_000)
    #expect(Cost.of(usage, options: .init()) == 0)
    #expect(Cost.of(usage, options: .init(inputCost: 2)) == 0)
    #expect(Cost.of(usage, options: .init(inputCost: 2, outputCost: 4)) == 4)
    let cached = AIProxyConfiguration.Options(inputCost: 2, outputCost: 4, cacheReadCost: 0.5, cacheWriteCost: 3)
    #expect(abs(Cost.of(usage, options: cached) - (2 + 0.2 + 0.3 + 1)) < 1e-12)
  }
}
