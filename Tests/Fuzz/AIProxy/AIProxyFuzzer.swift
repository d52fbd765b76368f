// Fuzzes ai-proxy's translators (see run.sh): requests in every format, answers in every dialect for every format, as raw bytes
// and as streams made of events that the input chooses. The first byte chooses which; a finding is a trap.
import JSON

/// Why an input is a finding; a trap rather than a message keeps the fuzzer free of formatting.
@inline(never)
func require(_ condition: Bool, _ what: StaticString) {
  if !condition { fatalError(what.description) }
}

/// Takes one input of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  guard input.count > 3 else { return 0 }
  let rest = Array(input[3...])
  let cuts = (Int(input[1]) * 7, Int(input[2]) * 5)
  switch input[0] % 16 {
  case 0: fuzzAnthropicRequest(rest)
  case 1: fuzzStream(rest, cuts: (Int(input[1]), Int(input[2])))
  case 2: fuzzMessage(rest)
  case 3: fuzzOpenAIRequest(rest)
  case 4: fuzzRelay(rest, cut: Int(input[1]))
  case 5: fuzzMessage(Composer.stream(rest))
  case 6: fuzzStream(Composer.stream(rest), cuts: cuts, findsInlineThinking: true)
  case 7: fuzzStream(Composer.stream(rest), cuts: cuts)
  case 8, 9: fuzzFormats(rest, choice: Int(input[1]), cuts: (Int(input[2]), rest.count / 2), isComplete: true)
  case 10:
    fuzzFormats(Composer.stream(rest), choice: Int(input[1] & ~3), cuts: cuts, isComplete: input[0] & 0x80 == 0)
  case 11: fuzzOtherRequests(rest, choice: Int(input[1]))
  case 12: fuzzArguments(rest)
  case 13: fuzzGzip(rest, cuts: (Int(input[1]), Int(input[2])))
  case 14: fuzzPassThrough(rest)
  default: fuzzImages(rest)
  }
  return 0
}

nonisolated(unsafe) let json = JSONReader()
nonisolated(unsafe) let checker = JSONReader()

let settings = makeSettings()
/// With markers for the provider's cache.
let markingSettings = makeSettings { $0.marksCache = true }

func makeSettings(_ change: (inout AIProxyConfiguration.Translation) -> Void = { _ in }) -> ChatRequestSettings {
  var configuration = AIProxyConfiguration(
    routeType: .chat, clientFormat: .anthropic, model: .init(provider: "dashscope", name: "m"))
  configuration.model.alias = "*"
  configuration.model.options.maximumTokens = 100
  configuration.translation.unsupportedContent = .placeholder
  configuration.translation.webSearch = .enableSearch
  configuration.translation.preservesThinking = true
  change(&configuration.translation)
  return ChatRequestSettings(configuration, driver: DashScope())
}

// MARK: Requests

func fuzzAnthropicRequest(_ body: [UInt8]) {
  let translator = AnthropicRequestTranslator(settings: body.count % 4 == 0 ? markingSettings : settings, json: json)
  _ = try? AnthropicTokenCount.count(body.span, json: json)
  guard let result = try? translator.translate(body.span) else { return }
  require((try? translator.translate(body.span))?.body == result.body, "translation is not stable")
  let isValid: Void? = checker.read(result.body.span) { root in
    checkMessages(root["messages"]?.elements ?? JSONElements.none(of: root))
  }
  require(isValid != nil, "the translated request is not JSON")
}

/// Every call has its result right behind it, every result its call, and every message content.
func checkMessages(_ messages: JSONElements) {
  var expected: [[UInt8]] = []
  for message in messages {
    require(message["content"] != nil, "a message without content")
    if message["role"]?.equals("tool") ?? false {
      require(!expected.isEmpty, "a result without its call")
      require(message["tool_call_id"]?.rawStringBytes == expected.removeFirst(), "a result in the wrong place")
    } else {
      require(expected.isEmpty, "a call without its result")
      for call in message["tool_calls"]?.elements ?? JSONElements.none(of: message) {
        expected.append(call["id"]?.rawStringBytes ?? [])
      }
    }
  }
  require(expected.isEmpty, "a call without its result at the end")
}

func fuzzOpenAIRequest(_ body: [UInt8]) {
  let translator = OpenAIRequestTranslator(settings: settings, json: json)
  guard let result = try? translator.translate(body.span) else { return }
  require(checker.read(result.body.span) { _ in } != nil, "the request is not JSON")
}

// MARK: Answers

let answer: AnthropicAnswer = {
  var answer = AnthropicAnswer(messageIdentifier: "msg_1", requestIdentifier: "req_1", model: "m")
  answer.showsThinking = true
  answer.webSearch.demand = .allowed
  return answer
}()

func translate(_ pieces: [ArraySlice<UInt8>], findsInlineThinking: Bool) -> (output: [UInt8], failed: Bool) {
  var translator = AnswerTranslator(
    writer: AnthropicStreamWriter(answer), json: json, options: .init(findsInlineThinking: findsInlineThinking),
    classify: { DashScope().classify($0) })
  var output: [UInt8] = []
  for piece in pieces {
    translator.receive(Array(piece).span)
    output += translator.output
    translator.removeOutput()
  }
  translator.finish(isComplete: true)
  return (output + translator.output, translator.failure != nil)
}

func fuzzStream(_ bytes: [UInt8], cuts: (Int, Int), findsInlineThinking: Bool = false) {
  let whole = translate([bytes[...]], findsInlineThinking: findsInlineThinking)
  let first = min(cuts.0, cuts.1, bytes.count)
  let second = min(max(cuts.0, cuts.1), bytes.count)
  let cut = translate(
    [bytes[..<first], bytes[first..<second], bytes[second...]], findsInlineThinking: findsInlineThinking)
  require(cut.output == whole.output && cut.failed == whole.failed, "the result depends on where the stream was cut")
  if whole.failed {
    require(whole.output.isEmpty, "a refused answer has output")
  } else {
    OrderChecker.check(whole.output)
  }
}

func fuzzMessage(_ bytes: [UInt8]) {
  var translator = AnswerTranslator(
    writer: AnthropicMessageWriter(answer, json: json), json: json, classify: { DashScope().classify($0) })
  translator.receive(bytes.span)
  translator.finish(isComplete: true)
  if translator.failure == nil {
    require(checker.read(translator.output.span) { _ in } != nil, "the message is not JSON")
  }
  _ = DashScope().classify(UpstreamErrorReader.read(status: 400, body: bytes, json: json))
}

func fuzzRelay(_ bytes: [UInt8], cut: Int) {
  let cut = min(cut, bytes.count)
  var outputs: [[UInt8]] = []
  for pieces in [[bytes[...]], [bytes[..<cut], bytes[cut...]]] {
    var relay = OpenAIAnswerRelay(json: json, hidesUsageEvent: true)
    var output: [UInt8] = []
    for piece in pieces {
      relay.receive(Array(piece).span)
      output += relay.isFiltering ? relay.output : Array(piece)
      relay.removeOutput()
    }
    relay.finish()
    outputs.append(output + relay.output)
  }
  require(outputs[0] == outputs[1], "the relay depends on where the stream was cut")
}
