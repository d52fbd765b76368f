import JSON

// Every dialect that upstreams speak, told in every format of clients.

/// What upstreams speak, besides DashScope's own interfaces.
let dialects: [Dialect] = [.chatCompletions, .anthropic, .gemini, .openAI]

let openAIAnswer: OpenAIAnswer = {
  var answer = OpenAIAnswer(identifier: "resp_12345678901234567890", created: 1, model: "m")
  answer.includesUsage = true
  return answer
}()

/// What became of an upstream's body.
struct FuzzedAnswer: Equatable {
  var output: [UInt8] = []
  var hasFailure = false
}

func translate<Writer: AnswerWriter>(
  _ pieces: [ArraySlice<UInt8>], _ writer: Writer, dialect: Dialect, isComplete: Bool
) -> FuzzedAnswer {
  var translator = AnswerTranslator(
    writer: writer, json: json, dialect: dialect, classify: { DashScope().classify($0) })
  var result = FuzzedAnswer()
  for piece in pieces {
    translator.receive(Array(piece).span)
    result.output += translator.output
    translator.removeOutput()
  }
  translator.finish(isComplete: isComplete)
  result.output += translator.output
  result.hasFailure = translator.failure != nil
  return result
}

/// - Parameters:
///   - choice: dialect and format.
///   - cuts: where the body is cut in pieces.
func fuzzFormats(_ bytes: [UInt8], choice: Int, cuts: (Int, Int), isComplete: Bool) {
  let dialect = dialects[choice % 4]
  let first = min(cuts.0, cuts.1, bytes.count)
  let second = min(max(cuts.0, cuts.1), bytes.count)
  let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
  func both<Writer: AnswerWriter>(_ writer: Writer) -> FuzzedAnswer {
    let whole = translate([bytes[...]], writer, dialect: dialect, isComplete: isComplete)
    let cut = translate(pieces, writer, dialect: dialect, isComplete: isComplete)
    require(cut == whole, "the result depends on where the body was cut")
    if whole.hasFailure { require(whole.output.isEmpty, "a refused answer has output") }
    return whole
  }
  switch choice / 4 % 8 {
  case 0:
    let result = both(AnthropicStreamWriter(answer))
    if !result.hasFailure { OrderChecker.check(result.output) }
  case 1: requireJSON(both(AnthropicMessageWriter(answer, json: json)))
  case 2: FrameChecker.checkChat(both(ChatStreamWriter(openAIAnswer)))
  case 3: requireJSON(both(ChatMessageWriter(openAIAnswer)))
  case 4: FrameChecker.checkChat(both(CompletionWriter(openAIAnswer, isStream: true)))
  case 5: requireJSON(both(CompletionWriter(openAIAnswer, isStream: false)))
  case 6: FrameChecker.checkResponses(both(ResponsesWriter(openAIAnswer, isStream: true)))
  default: requireJSON(both(ResponsesWriter(openAIAnswer, isStream: false)))
  }
}

private func requireJSON(_ result: FuzzedAnswer) {
  if result.hasFailure { return }
  require(checker.read(result.output.span) { _ in } != nil, "the answer is not JSON")
}

/// Requests of OpenAI's clients, to providers that speak as OpenAI does and to others.
func fuzzOtherRequests(_ body: [UInt8], choice: Int) {
  var request: TranslatedRequest?
  switch choice % 3 {
  case 0: request = try? CompletionRequestTranslator(settings: settings, json: json).translate(body.span)
  case 1: request = try? ResponsesRequestTranslator(settings: settings, json: json).translate(body.span)
  default: request = try? OpenAIRequestTranslator(settings: settings, json: json).translate(body.span)
  }
  guard let request else { return }
  require(checker.read(request.body.span) { _ in } != nil, "the chat is not JSON")
  let call = DriverCall(route: .chat, model: "m", isStream: request.asksForStream, sharedOptions: .init(.init()))
  for driver in [Anthropic(), Gemini()] as [any Driver] {
    guard let body = try? driver.body(chat: request.body, for: call, json: json) else { continue }
    require(checker.read(body.span) { _ in } != nil, "the driver's request is not JSON")
    require((try? driver.body(chat: request.body, for: call, json: json)) == body, "translation is not stable")
  }
}

func fuzzPassThrough(_ body: [UInt8]) {
  guard let result = try? AnthropicPassThrough(settings: settings, json: json).translate(body.span) else { return }
  require(checker.read(result.body.span) { _ in } != nil, "the request is not JSON")
}

func fuzzImages(_ body: [UInt8]) {
  for route in [AIProxyConfiguration.RouteType.imageGenerations, .imageEdits] {
    if let request = try? DashScopeImages.request(body, route: route, json: json) {
      require(checker.read(request.span) { _ in } != nil, "the request for an image is not JSON")
    }
  }
  if let answer = DashScopeImages.answer(body, created: 1, json: json) {
    require(checker.read(answer.span) { _ in } != nil, "the images are not JSON")
  }
  if let request = try? GeminiEmbeddings.request(body, model: "m", json: json) {
    require(checker.read(request.span) { _ in } != nil, "the request for embeddings is not JSON")
  }
  if let answer = GeminiEmbeddings.answer(body, model: "m", json: json) {
    require(checker.read(answer.span) { _ in } != nil, "the embeddings are not JSON")
    _ = EmbeddingEncoding.base64(answer, json: json)
  }
}
