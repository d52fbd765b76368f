import JSON
import Testing

@testable import AIProxy

private func read(_ model: String, _ rest: String = "", route: String = "llm/v1/chat") throws(ConfigurationError)
  -> AIProxyConfiguration
{
  try ConfigurationReader.read(Array(#"{"route_type":"\#(route)","model":{\#(model)}\#(rest)}"#.utf8))
}

private func options(_ json: String) throws -> AIProxyConfiguration.Options {
  try read(#""provider":"openai","name":"m","options":{\#(json)}"#).model.options
}

@Suite("What drivers need of a configuration")
struct DriverConfigurationTests {
  @Test(
    "what a provider cannot do without is asked for in Kong's words",
    arguments: [
      (#""provider":"llama2""#, "llama2_format", "must set 'model.options.llama2_format' for llama2 provider"),
      (#""provider":"mistral""#, "mistral_format", "must set 'model.options.mistral_format' for mistral provider"),
      (
        #""provider":"anthropic""#, "anthropic_version",
        "must set 'model.options.anthropic_version' for anthropic provider"
      ),
      (#""provider":"azure""#, "azure_instance", "must set 'model.options.azure_instance' for azure provider"),
      (
        #""provider":"azure","options":{"azure_instance":"i"}"#, "azure_deployment_id",
        "must set 'model.options.azure_deployment_id' for azure provider"
      ),
      (
        #""provider":"vllm""#, "upstream_url",
        "must set 'model.options.upstream_url' for self-hosted providers/models"
      ),
      (
        #""provider":"ollama""#, "upstream_url",
        "must set 'model.options.upstream_url' for self-hosted providers/models"
      ),
    ])
  func needs(_ given: (model: String, field: String, message: String)) {
    let error = #expect(throws: ConfigurationError.self) { try read(given.model) }
    #expect(error?.pointer == "/model/options/\(given.field)" && error?.message == given.message)
  }

  @Test(
    "what cannot work is refused",
    arguments: [
      (#""provider":"gemini","options":{"gemini":{"project_id":"p"}}"#, "", "/model/options/gemini"),
      (#""provider":"gemini""#, #","auth":{"allow_override":true}"#, "/auth/allow_override"),
      (#""provider":"mistral","options":{"mistral_format":"ollama"}"#, "", "/model/options/mistral_format"),
      (
        #""provider":"openai","options":{"context_window_factor":[{"above":"x","input_factor":2,"output_factor":2}]}"#,
        "",
        "/model/options/context_window_factor/0/above"
      ),
      (#""provider":"openai""#, #","auth":{"gcp_use_service_account":true}"#, "/auth/gcp_use_service_account"),
      (
        #""provider":"openai""#, #","resilience":{"targets":[{"model":{"provider":"vllm"}}]}"#,
        "/resilience/targets/0/model/options/upstream_url"
      ),
      (
        #""provider":"openai""#,
        #","resilience":{"targets":[{"model":{"provider":"openai"},"auth":{"header_name":"x"}}]}"#,
        "/resilience/targets/0/auth"
      ),
    ])
  func refused(_ given: (model: String, rest: String, pointer: String)) {
    let error = #expect(throws: ConfigurationError.self) { try read(given.model, given.rest) }
    #expect(error?.pointer == given.pointer)
  }

  @Test("every provider of Kong's is known: there is a driver, or it is said that there is none yet")
  func providers() throws {
    let schema = try JSONNode.parse(ConfigurationSchema.text.description)
    let provider = schema["properties"]?["model"]?["properties"]?["provider"]
    let names = (provider?["enum"]?.array ?? []).compactMap(\.string)
    #expect(names.count == 16)
    for name in names { #expect((Drivers.driver(for: name) != nil) == Drivers.names.contains(name), "\(name)") }
    #expect(Set(names).subtracting(Drivers.names) == ["bedrock"])
  }

  @Test(
    "DashScope's hosts",
    arguments: [
      ("{}", "dashscope-intl.aliyuncs.com"), (#"{"international":false}"#, "dashscope.aliyuncs.com"),
      (#"{"region":"mainland"}"#, "dashscope.aliyuncs.com"), (#"{"region":"us"}"#, "dashscope-us.aliyuncs.com"),
      (#"{"region":"finance","international":true}"#, "dashscope-finance.aliyuncs.com"),
      (#"{"region":"hongkong"}"#, "cn-hongkong.dashscope.aliyuncs.com"),
    ])
  func regions(_ given: (dashscope: String, host: String)) throws {
    let model = try read(#""provider":"dashscope","name":"q","options":{"dashscope":\#(given.dashscope)}"#).model
    for (route, path) in [
      (AIProxyConfiguration.RouteType.chat, "/compatible-mode/v1/chat/completions"),
      (.embeddings, "/compatible-mode/v1/embeddings"),
      (.imageGenerations, "/api/v1/services/aigc/multimodal-generation/generation"),
      (.imageEdits, "/api/v1/services/aigc/image2image/image-synthesis"),
    ] {
      let call = DriverCall(route: route, model: "q", isStream: false, sharedOptions: model.sharedOptions)
      #expect(DashScope().endpoint(for: call) == Endpoint(host: given.host, path: path))
    }
  }

  @Test("upstream_url is taken as it is; an address alone leads to the provider's usual path")
  func upstreamURLs() throws {
    func path(_ url: String) throws -> String {
      let configuration = try read(
        #""provider":"openai","name":"m","options":{"upstream_url":"\#(url)","upstream_path":"/ignored"}"#)
      let driver = try #require(Drivers.driver(for: "openai"))
      let plan = CallPlan(configuration, driver: driver)
      var request = TranslatedRequest()
      request.model = "m"
      return try plan.endpoint(plan.call(request, configuration), driver: driver).path
    }
    #expect(try path("http://a/v1/?a=1") == "/v1/")
    #expect(try path("http://a/x/chat") == "/x/chat")
    #expect(try path("http://a:9") == "/v1/chat/completions")
  }

  @Test("prices by context, tier and time to live")
  func prices() throws {
    let long = try options(
      #""input_cost":1,"output_cost":2,"context_window_factor":[{"above":"200k","input_factor":3,"output_factor":5},{"above":"1000","input_factor":2,"output_factor":2}]"#
    )
    var usage = Usage(isReported: true, promptTokens: 1000, completionTokens: 100)
    #expect(Cost.of(usage, options: long) * 1_000_000 == 1200, "not above")
    usage.promptTokens = 1001
    #expect((Cost.of(usage, options: long) * 1_000_000).rounded() == 2402)
    usage.promptTokens = 200_001
    #expect((Cost.of(usage, options: long) * 1_000_000).rounded() == 601_003)

    let tier = try options(
      #""input_cost":1,"output_cost":1,"service_tier_factor":[{"tier":"Priority","factor":2}],"cache_write_cost":3,"cache_write_cost_list":[{"ttl":"1h","cost":10}]"#
    )
    var cached = Usage(isReported: true, promptTokens: 100, completionTokens: 0, cacheCreationTokens: 50)
    cached.longCacheCreationTokens = 20
    // 50 plain ones, 30 for minutes at 3, 20 for an hour at 10.
    let expected = 340.0
    #expect((Cost.of(cached, options: tier) * 1_000_000).rounded() == expected)
    cached.serviceTier = "on_demand_priority"
    #expect((Cost.of(cached, options: tier) * 1_000_000).rounded() == 2 * expected)
  }
}
