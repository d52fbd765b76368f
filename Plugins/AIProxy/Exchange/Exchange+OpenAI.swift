import Glibc
import JSON

/// Answers in OpenAI's forms.
extension Exchange {
  /// What watches an answer that passes.
  var relay: OpenAIAnswerRelay {
    OpenAIAnswerRelay(
      json: instance.json, dialect: plan.dialect, hidesUsageEvent: request.hidesUsageEvent,
      recorder: configuration.logging.logsPayloads && plan.answer == .relay ? ChatMessageWriter(openAIAnswer) : nil)
  }

  private var openAIAnswer: OpenAIAnswer {
    let identifier =
      switch plan.answer {
      case .completions: instance.identifier("cmpl-")
      case .responses: instance.identifier("resp_")
      default: instance.identifier("chatcmpl-")
      }
    var answer = OpenAIAnswer(identifier: identifier, created: time(nil), model: request.requestedModel)
    answer.namesUpstreamModel = !configuration.translation.answersWithRequestedModel
    answer.includesUsage = !request.hidesUsageEvent
    if plan.answer == .responses { answer.echo = request.echo }
    return answer
  }

  /// What turns an upstream's answer into one of OpenAI's.
  func openAITranslator() -> any AnswerTranslating {
    let answer = openAIAnswer
    switch plan.answer {
    case .completions: return translator(CompletionWriter(answer, isStream: request.isStream))
    case .responses: return translator(ResponsesWriter(answer, isStream: request.isStream))
    default:
      guard request.isStream else { return translator(ChatMessageWriter(answer)) }
      return translator(ChatStreamWriter(answer))
    }
  }

  private func translator<Writer: AnswerWriter>(_ writer: Writer) -> any AnswerTranslating {
    guard configuration.logging.logsPayloads, request.isStream else { return plainTranslator(writer) }
    return plainTranslator(RecordingWriter(writer, recorder: ChatMessageWriter(openAIAnswer)))
  }

  private func plainTranslator<Writer: AnswerWriter>(_ writer: Writer) -> AnswerTranslator<Writer> {
    AnswerTranslator(
      writer: writer, json: instance.json, dialect: plan.dialect, options: options, classify: settings.classify)
  }

  /// A whole body is there that becomes another.
  func finishWhole(_ body: [UInt8], now: UInt64) -> PieceAction {
    endTime = now
    var answer: [UInt8]? =
      switch plan.answer {
      case .images: DashScopeImages.answer(body, created: time(nil), json: instance.json)
      case .embeddings: GeminiEmbeddings.answer(body, model: request.requestedModel, json: instance.json)
      default: body
      }
    if request.wantsBase64 { answer = answer.flatMap { EmbeddingEncoding.base64($0, json: instance.json) } }
    guard let answer else {
      return .respond(failureResponse(Failure(.api, "The upstream's answer is not what was asked for.", status: 502)))
    }
    wholeUsage = (instance.json.read(body.span) { root in root["usage"].flatMap(UsageReader.read) } ?? nil).map(
      Held.init)
    if configuration.logging.logsPayloads { recordedBody = answer }
    keepAnswer()
    output.append(contentsOf: answer)
    return .replace
  }
}
