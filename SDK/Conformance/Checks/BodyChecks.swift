import CConformance
import CToriiPlugin

/// F. Bodies.
enum BodyChecks {
  static let all: [Check] = [
    Check(50, "body.empty", level: 2, needs: ["requests.minimal"], "survives a body whose only piece is empty") {
      try empty($0)
    },
    Check(
      51, "body.one-byte", level: 2, needs: ["requests.minimal"], "makes the same of a body that comes byte by byte"
    ) {
      try oneByte($0)
    },
    Check(52, "body.random-pieces", level: 2, needs: ["body.one-byte"], "makes the same of a body however it is cut") {
      try randomPieces($0)
    },
    Check(
      53, "body.empty-last", level: 2, needs: ["body.one-byte"],
      "survives that the last piece is empty, and makes the same of it"
    ) {
      try emptyLast($0)
    },
    Check(54, "body.bounded", level: 3, needs: ["requests.minimal"], "streams a gibibyte in bounded memory") {
      try bounded($0)
    },
    Check(55, "body.limit", level: 2, needs: ["requests.minimal"], "survives that a whole body exceeds its limit") {
      try limit($0)
    },
    Check(
      56, "body.framing", level: 2, needs: ["requests.minimal"],
      "leaves the framing of messages, and bodies it only observes, to the host"
    ) {
      context in
      let (plugin, instance) = try context.startInstance()
      let run = ScriptedRun(plugin.host)
      for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
      try RequestChecks.judge(plugin.host, [.framing, .observed])
    },
    Check(57, "body.ended", level: 2, needs: ["requests.minimal"], "emits nothing more once it has ended a body") {
      context in
      let (plugin, instance) = try context.startInstance()
      let run = ScriptedRun(plugin.host)
      run.stride = 1_000_000_000
      for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
      try RequestChecks.judge(plugin.host, [.ended])
    },
    Check(
      58, "body.aborted", level: 2, needs: ["requests.minimal"],
      "survives that client or upstream break off in the middle of a body"
    ) {
      try aborted($0)
    },
  ]

  /// What the instance sees of bodies; a check is for plugins that see any.
  private static func mustSee(_ instance: HostedInstance, _ modes: [Int32]) throws(Finding) -> (
    request: Bool, response: Bool
  ) {
    let image = instance.plugin.image
    let request = image.has(TORII_PHASE_REQUEST_BODY) && modes.contains(instance.requestBodyMode)
    let response = image.has(TORII_PHASE_BODY_FILTER) && modes.contains(instance.responseBodyMode)
    guard request || response else {
      throw .skipped("with this configuration it does not see bodies in that way")
    }
    return (request, response)
  }

  private static let seen = [TORII_BODY_OBSERVE, TORII_BODY_STREAM, TORII_BODY_WHOLE]
  private static let streamed = [TORII_BODY_OBSERVE, TORII_BODY_STREAM]

  /// Bodies of kinds that plugins look into.
  private static var samples: [(type: String, body: [UInt8])] {
    let events = """
      data: {"id":"1","object":"chat.completion.chunk","model":"example","choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße"}}]}

      data: {"id":"1","object":"chat.completion.chunk","model":"example","choices":[{"index":0,"delta":{"content":", world"},"finish_reason":"stop"}]}

      data: [DONE]


      """
    return [
      ("text/plain", Scripts.text), ("application/json", Scripts.json), ("text/event-stream", Array(events.utf8)),
    ]
  }

  private static func script(_ type: String, _ request: [[UInt8]], _ response: [[UInt8]]) -> RequestScript {
    RequestScript(
      method: "POST", target: "/example", pieces: request, upstreamFields: [("Content-Type", type)],
      upstreamPieces: response)
  }

  /// What came out at both ends.
  private static func output(_ exchange: ScriptedExchange) -> (upstream: [UInt8], client: [UInt8]) {
    (exchange.requestOutput, exchange.responseOutput)
  }

  private static func compare(
    _ whole: ScriptedExchange, _ cut: ScriptedExchange, isSteady: Bool, what: String
  ) throws(Finding) {
    let first = output(whole), second = output(cut)
    let isSame =
      isSteady
      ? first == second
      : first.upstream.count == second.upstream.count && first.client.count == second.client.count
    guard !isSame else { return }
    let towards = first.upstream == second.upstream ? "the client" : "the upstream"
    let before = first.upstream == second.upstream ? first.client : first.upstream
    let after = first.upstream == second.upstream ? second.client : second.upstream
    let place =
      zip(before, after).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(before.count, after.count)
    throw .failed(
      "\(what), what goes to \(towards) differs from byte \(place) on:\n"
        + "in one piece: \(JSONText.quoted(shown(Array(before.dropFirst(max(0, place - 20)).prefix(80)))))\n"
        + "so:           \(JSONText.quoted(shown(Array(after.dropFirst(max(0, place - 20)).prefix(80)))))")
  }

  private static func eachSample(
    _ context: CheckContext, modes: [Int32],
    _ body: (ScriptedRun, HostedInstance, (type: String, body: [UInt8]), ScriptedExchange, Bool) throws(Finding) -> Void
  ) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    _ = try mustSee(instance, modes)
    let run = ScriptedRun(plugin.host)
    for sample in samples {
      let whole = run.play(instance, script(sample.type, [sample.body], [sample.body]))
      let again = run.play(instance, script(sample.type, [sample.body], [sample.body]))
      let isSteady = output(whole) == output(again)
      if !isSteady { context.note = "its output is another each time: lengths are compared" }
      try body(run, instance, sample, whole, isSteady)
    }
  }

  private static func oneByte(_ context: CheckContext) throws(Finding) {
    try eachSample(context, modes: streamed) { (run, instance, sample, whole, isSteady) throws(Finding) in
      let bytes = sample.body.map { [$0] }
      let cut = run.play(instance, script(sample.type, bytes, bytes))
      try compare(whole, cut, isSteady: isSteady, what: "\(sample.type) byte by byte")
    }
  }

  private static func randomPieces(_ context: CheckContext) throws(Finding) {
    try eachSample(context, modes: streamed) { (run, instance, sample, whole, isSteady) throws(Finding) in
      for round in 0..<34 {
        var generator = SplitMix(seed: context.seed &+ UInt64(round) &* 7919)
        var places: [Int] = []
        var place = 0
        // Small pieces in one round, large ones in another.
        let greatest = [3, 8, 40][round % 3]
        while place < sample.body.count {
          place += 1 + generator.below(greatest)
          places.append(place)
        }
        let pieces = Scripts.cut(sample.body, at: places.filter { $0 < sample.body.count })
        let cut = run.play(instance, script(sample.type, pieces, pieces))
        try compare(
          whole, cut, isSteady: isSteady,
          what: "\(sample.type) in pieces of \(pieces.map { "\($0.count)" }.prefix(12).joined(separator: ", ")) … bytes"
        )
      }
    }
  }

  private static func emptyLast(_ context: CheckContext) throws(Finding) {
    try eachSample(context, modes: streamed) { (run, instance, sample, whole, isSteady) throws(Finding) in
      let pieces = [sample.body, []]
      let cut = run.play(instance, script(sample.type, pieces, pieces))
      try compare(whole, cut, isSteady: isSteady, what: "\(sample.type) with an empty last piece")
      try RequestChecks.judge(run.host, [.failure])
    }
  }

  private static func empty(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    _ = try mustSee(instance, seen)
    let run = ScriptedRun(plugin.host)
    run.play(instance, RequestScript(method: "POST", pieces: [[]], upstreamPieces: [[]]))
    run.play(instance, RequestScript(method: "GET", upstreamPieces: []))
    run.play(instance, RequestScript(method: "POST", pieces: [[]]))
    try RequestChecks.judge(plugin.host, [.failure])
  }

  private static func bounded(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.traces = false
    options.dropsOutput = true
    let (plugin, instance) = try context.startInstance(options)
    let sees = try mustSee(instance, streamed)
    var streamedBytes = 0
    for (isRequest, isSeen) in [(true, sees.request), (false, sees.response)] where isSeen {
      streamedBytes += try stream(plugin, instance, isRequest: isRequest)
    }
    context.note = "\(streamedBytes >> 20) MiB"
  }

  /// Streams half a gibibyte in one direction, or as much as five seconds allow.
  private static func stream(_ plugin: HostedPlugin, _ instance: HostedInstance, isRequest: Bool) throws(Finding) -> Int
  {
    let run = ScriptedRun(plugin.host)
    var text: [UInt8] = []
    while text.count < 65536 { text += Scripts.text }
    let piece = Bytes(text)
    let exchange = ScriptedExchange(instance, RequestScript(method: "POST", pieces: [text], upstreamPieces: [text]))
    run.add(exchange)
    while !exchange.isDone {
      if exchange.pausedIn == nil {
        if isRequest, exchange.stage == .requestBody(0) { break }
        if !isRequest, exchange.stage == .responseBody(0) { break }
      }
      run.move(exchange)
    }
    guard !exchange.isDone else { return 0 }
    let phase = isRequest ? TORII_PHASE_REQUEST_BODY : TORII_PHASE_BODY_FILTER
    let start = conformance_now(), heap = conformance_heap_bytes()
    var bytes = 0, pieces = 0
    while bytes < 512 << 20, conformance_now() &- start < 4_000_000_000 {
      let action =
        isRequest
        ? exchange.call(phase, "request_body", pieces: [piece], flags: 0)
        : exchange.call(phase, "body_filter", pieces: [piece], flags: 0)
      exchange.request.emitted = nil
      exchange.request.graveyard.removeAll()
      // It wants no more of it, or something else: then it keeps nothing either.
      guard action == TORII_CONTINUE || action == TORII_HOLD else { break }
      bytes += piece.count
      pieces += 1
      if pieces % 64 == 0, conformance_heap_bytes() > heap + 24 << 20 {
        throw .failed(
          "after \(bytes >> 20) MiB of a \(isRequest ? "request" : "response") it holds \((conformance_heap_bytes() - heap) >> 20) MiB more"
        )
      }
    }
    run.finish(exchange)
    return bytes
  }

  private static func limit(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    _ = try mustSee(instance, [TORII_BODY_WHOLE])
    let run = ScriptedRun(plugin.host)
    for _ in 0..<2 {
      let exchange = ScriptedExchange(instance, Scripts.post())
      exchange.exceedsLimit = true
      run.finish(exchange)
    }
    try RequestChecks.judge(plugin.host, [.failure])
  }

  private static func aborted(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    _ = try mustSee(instance, seen)
    let run = ScriptedRun(plugin.host)
    let stages: [ScriptedExchange.Stage] = [.requestBody(1), .requestBody(2), .responseBody(1), .responseBody(2)]
    for stage in stages {
      unsafe conformance_note_step("a client that goes away in the middle of a body")
      let exchange = ScriptedExchange(instance, Scripts.pieces())
      run.add(exchange)
      while !exchange.isDone, exchange.stage != stage || exchange.pausedIn != nil { run.move(exchange) }
      exchange.abort()
      run.finish(exchange)
    }
    unsafe conformance_note_step("an upstream that breaks off")
    run.play(instance, RequestScript(upstreamPieces: Scripts.cut(Scripts.text, at: [10]), breaksOff: true))
    run.play(instance, RequestScript(upstreamPieces: Scripts.cut(Scripts.text, at: [10, 30]), breaksOff: true))
    try RequestChecks.judge(plugin.host, [.failure])
  }
}
