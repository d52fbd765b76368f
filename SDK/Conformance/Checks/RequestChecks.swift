import CConformance
import CToriiPlugin
import Glibc

/// E. Requests.
enum RequestChecks {
  static let all: [Check] = [
    Check(38, "requests.minimal", level: 1, needs: ["config.accepted"], "serves plain requests through every phase") {
      try minimal($0)
    },
    Check(
      39, "requests.unusual-headers", level: 2, needs: ["requests.minimal"],
      "survives no, many, long, doubled and non-ASCII header fields"
    ) {
      try unusualHeaders($0)
    },
    Check(
      40, "requests.actions", level: 2, needs: ["requests.minimal"],
      "returns only actions of the phase that it is called in"
    ) {
      try judged($0, [.action])
    },
    Check(
      41, "requests.respond", level: 2, needs: ["requests.minimal"],
      "returns TORII_RESPOND only after respond(), with a status of 200 to 599"
    ) {
      try judged($0, [.response])
    },
    Check(
      42, "requests.views", level: 2, needs: ["requests.minimal"],
      "keeps no view of the host's beyond the call, and reads none beyond its end"
    ) {
      try views($0)
    },
    Check(43, "requests.state", level: 2, needs: ["requests.minimal"], "writes nowhere but into its own request state")
    { try state($0) },
    Check(
      44, "requests.interleaved", level: 2, needs: ["requests.minimal"],
      "serves eight requests at once without mixing them up"
    ) {
      try interleaved($0)
    },
    Check(
      45, "requests.threads", level: 2, needs: ["requests.minimal"], "calls what is for the worker from the worker only"
    ) {
      try judged($0, [.thread])
    },
    Check(
      46, "requests.aborted", level: 2, needs: ["requests.minimal"],
      "gives back what a request took when it is aborted at any step"
    ) {
      try aborted($0)
    },
    Check(
      47, "requests.memory", level: 3, needs: ["requests.minimal"], "a hundred thousand requests leave no memory behind"
    ) {
      try memory($0)
    },
    Check(
      48, "requests.kinds", level: 2, needs: ["requests.minimal", "body.empty"],
      "survives HTTP/1.0, HEAD, OPTIONS, CONNECT, upgrades and answers without content"
    ) {
      try kinds($0)
    },
    Check(
      49, "requests.injection", level: 2, needs: ["requests.minimal"],
      "never sets a header field with CR, LF or NUL, or without a proper name"
    ) {
      try injection($0)
    },
    Check(
      69, "requests.arguments", level: 2, needs: ["requests.minimal"], "gives the host only arguments that it can take"
    ) {
      try judged($0, [.argument])
    },
    Check(
      70, "requests.quick", level: 3, needs: ["requests.minimal"],
      "keeps the worker for less than 100 ms in each callback"
    ) {
      try quick($0)
    },
  ]

  private static func finish(_ plugin: HostedPlugin, _ instance: HostedInstance) {
    plugin.destroy(instance)
    plugin.stop()
  }

  /// What was noticed of a kind, as a finding.
  static func judge(_ host: ScriptedHost, _ kinds: [Violation.Kind]) throws(Finding) {
    var texts: [String] = []
    for kind in kinds { texts += host.violations(kind) }
    guard let first = texts.first else { return }
    let others = texts.count > 1 ? "\n(and \(texts.count - 1) more)" : ""
    throw .failed(first + others)
  }

  private static func minimal(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      let exchange = run.play(instance, script)
      guard exchange.isDone else { throw .failed("the request does not come to an end") }
    }
    try judge(plugin.host, [.failure])
    finish(plugin, instance)
  }

  /// Plays what is usual and what is not, with every way a call-out can end, and looks for one kind of fault.
  private static func judged(_ context: CheckContext, _ kinds: [Violation.Kind]) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    for outcome in [CalloutOutcome.success, .serverError] {
      let run = ScriptedRun(plugin.host)
      run.outcome = outcome
      for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
    }
    try judge(plugin.host, kinds)
    finish(plugin, instance)
    try judge(plugin.host, kinds)
  }

  private static func unusualHeaders(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    let run = ScriptedRun(plugin.host)
    let long = String(repeating: "v", count: 65536)
    let usual = [("Host", "example.com")]
    let cases: [(String, [Field])] = [
      ("no header fields", []),
      ("200 header fields", (0..<200).map { Field("X-Field-\($0)", "value \($0)") }),
      ("a value of 64 KiB", [Field("Host", "example.com"), Field("X-Long", long)]),
      ("a name of 4 KiB", [Field("Host", "example.com"), Field(String(repeating: "n", count: 4096), "value")]),
      (
        "doubled names",
        (usual + [("X-Same", "1"), ("x-same", "2"), ("Accept", "a"), ("ACCEPT", "b")]).map { Field($0.0, $0.1) }
      ),
      (
        "empty values", (usual + [("X-Empty", ""), ("User-Agent", ""), ("Content-Type", "")]).map { Field($0.0, $0.1) }
      ),
      (
        "bytes beyond ASCII",
        [Field("Host", "example.com"), Field(Bytes("X-Bytes"), Bytes([0xFF, 0xFE, 0x80, 0xC3, 0x28, 0x09]))]
      ),
    ]
    for (what, fields) in cases {
      for pieces in [[], [Scripts.json]] {
        unsafe conformance_note_step("a request with \(what)")
        let script = RequestScript(method: pieces.isEmpty ? "GET" : "POST", rawFields: fields, pieces: pieces)
        run.play(instance, script)
        let failures = plugin.host.violations(.failure)
        if let first = failures.first { throw .failed("with \(what): \(first)") }
      }
    }
    finish(plugin, instance)
  }

  private static func views(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.revokesViews = true
    let (plugin, instance) = try context.startInstance(options)
    let run = ScriptedRun(plugin.host)
    for outcome in [CalloutOutcome.success, .serverError] {
      run.outcome = outcome
      for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
    }
    finish(plugin, instance)
  }

  private static func state(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.guardsState = true
    let (plugin, instance) = try context.startInstance(options)
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      let exchange = ScriptedExchange(instance, script)
      run.add(exchange)
      while !exchange.isDone {
        run.move(exchange)
        let place = exchange.request.canaries
        if place != 0 {
          let size = unsafe plugin.image.descriptor.pointee.request_state_size
          throw .failed(
            "\(exchange.actions.last ?? "a callback") wrote \(place < 0 ? "in front of" : "behind") its \(size) bytes of state"
          )
        }
      }
      run.remove(exchange)
    }
    finish(plugin, instance)
  }

  /// What of an exchange must not depend on others.
  private static func outcome(_ exchange: ScriptedExchange, isSteady: Bool) -> [String] {
    let basics = exchange.actions.filter { !$0.hasPrefix("event") } + ["status \(exchange.request.status)"]
    guard isSteady else { return basics }
    return basics + [
      "sent \(shown(exchange.responseOutput))", "upstream \(shown(exchange.requestOutput))",
      "fields \(exchange.request.responseFields.map { "\($0.name.text)=\($0.value.text)" })",
    ]
  }

  private static func interleaved(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    if plugin.image.hasOwnThreads, !ThreadSanitizer.isRunning {
      context.note = "what its threads do at the same time is watched in a build with -fsanitize=thread only"
    }
    let scripts = (0..<8).map { number in
      let body = Array(
        #"{"model":"example-\#(number)","messages":[{"role":"user","content":"request \#(number)"}]}"#.utf8)
      let answer = Array("the answer to request \(number) is as long as this\n".utf8)
      return RequestScript(
        method: number % 2 == 0 ? "GET" : "POST", target: "/example/\(number)?n=\(number)",
        pieces: number % 2 == 0 ? [] : Scripts.cut(body, at: [9 + number]),
        upstreamPieces: Scripts.cut(answer, at: [5 + number, 30]))
    }
    let run = ScriptedRun(plugin.host)
    let alone = scripts.map { outcome(run.play(instance, $0), isSteady: true) }
    let isSteady = scripts.map { outcome(run.play(instance, $0), isSteady: true) } == alone
    let expected = isSteady ? alone : scripts.map { outcome(run.play(instance, $0), isSteady: false) }
    var generator = SplitMix(seed: context.seed)
    for _ in 0..<16 {
      let exchanges = scripts.map { ScriptedExchange(instance, $0) }
      for exchange in exchanges { run.add(exchange) }
      var open = Array(exchanges.indices)
      while !open.isEmpty {
        let place = generator.below(open.count)
        run.move(exchanges[open[place]])
        if exchanges[open[place]].isDone { open.remove(at: place) }
      }
      for (index, exchange) in exchanges.enumerated() {
        run.remove(exchange)
        let seen = outcome(exchange, isSteady: isSteady)
        guard let difference = zip(expected[index] + ["the end"], seen + ["the end"]).first(where: { $0 != $1 }) else {
          continue
        }
        throw .failed(
          "request \(index) of 8 goes otherwise when others are open:\nalone:    \(difference.0.prefix(160))\ntogether: \(difference.1.prefix(160))"
        )
      }
    }
    finish(plugin, instance)
  }

  private static func aborted(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.traces = false
    let (plugin, instance) = try context.startInstance(options)
    let run = ScriptedRun(plugin.host)
    let script = Scripts.post()
    /// Moves a request so many times, then aborts it; gives how many moves there were.
    func play(_ moves: Int) -> Int {
      let exchange = ScriptedExchange(instance, script)
      run.add(exchange)
      var made = 0
      while made < moves, !exchange.isDone {
        run.move(exchange)
        made += 1
      }
      if !exchange.isDone { exchange.abort() }
      while !exchange.isDone { run.move(exchange) }
      run.remove(exchange)
      plugin.host.forgetViolations()
      return made
    }
    let steps = play(1000)
    for _ in 0..<50 { _ = play(1000) }
    let rounds = 100
    /// Bytes that a round leaves; the least of several, for threads of the plugin's own come and go in between.
    func left(_ moves: Int, above enough: Double) -> Double {
      var least = Double.infinity
      for _ in 0..<5 {
        HeapGrowth.settle(plugin.image)
        let growth = HeapGrowth()
        for _ in 0..<rounds { _ = play(moves) }
        HeapGrowth.settle(plugin.image)
        least = min(least, growth.perRound(rounds))
        if least < enough { break }
      }
      return least
    }
    let complete = left(1000, above: 1)
    for step in 0..<steps {
      unsafe conformance_note_step("a request that is aborted after \(step) steps")
      for _ in 0..<20 { _ = play(step) }
      let bytes = left(step, above: max(complete, 0) + 8)
      if bytes >= max(complete, 0) + 8 {
        throw .failed(
          "a request that is aborted after \(step) steps leaves \(Int(bytes)) bytes allocated"
            + " (one that is not leaves \(Int(max(complete, 0))))")
      }
    }
    finish(plugin, instance)
  }

  private static func memory(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.traces = false
    let (plugin, instance) = try context.startInstance(options)
    let run = ScriptedRun(plugin.host)
    let scripts = [Scripts.get(), Scripts.post(), Scripts.pieces()]
    let start = conformance_now()
    func play(_ count: Int, until end: UInt64) -> Int {
      var played = 0
      while played < count, played < 30 || conformance_now() &- start < end {
        run.play(instance, scripts[played % scripts.count])
        plugin.host.forgetViolations()
        played += 1
      }
      return played
    }
    _ = play(5000, until: 1_500_000_000)
    HeapGrowth.settle(plugin.image)
    let descriptors = conformance_descriptor_count()
    let growth = HeapGrowth()
    let played = play(100_000, until: 6_500_000_000)
    HeapGrowth.settle(plugin.image)
    let bytes = growth.perRound(played)
    context.note = "\(played) requests"
    // A table that grows once is no leak; what grows with the requests is.
    if bytes >= 2, bytes * Double(played) > 16384 {
      throw .failed("\(played) requests leave \(Int(bytes * Double(played))) bytes allocated, \(Int(bytes)) each")
    }
    if conformance_descriptor_count() > descriptors + 8 { throw .failed("requests leave files open") }
    finish(plugin, instance)
  }

  private static func kinds(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    let run = ScriptedRun(plugin.host)
    let upgrade = [("Host", "example.com"), ("Connection", "Upgrade"), ("Upgrade", "websocket")]
    let cases: [(String, RequestScript)] = [
      ("HTTP/1.0", RequestScript(version: "1.0", fields: [])),
      ("HEAD", RequestScript(method: "HEAD", upstreamPieces: [])),
      ("OPTIONS *", RequestScript(method: "OPTIONS", target: "*")),
      ("CONNECT", RequestScript(method: "CONNECT", target: "example.com:443", upstreamPieces: [])),
      ("an upgrade", RequestScript(fields: upgrade, status: 101, upstreamFields: upgrade, upstreamPieces: [])),
      ("an answer of 204", RequestScript(method: "DELETE", status: 204, upstreamFields: [], upstreamPieces: [])),
      ("an answer of 304", RequestScript(status: 304, upstreamPieces: [])),
      ("an answer of 103", RequestScript(status: 103, upstreamPieces: [])),
      ("an answer of 500", RequestScript(status: 500)),
      ("a method nobody knows", RequestScript(method: "BREW", target: "/pot")),
      ("a long target", RequestScript(target: "/" + String(repeating: "a", count: 8000))),
      ("an absolute target", RequestScript(target: "http://example.com/example")),
    ]
    for (what, script) in cases {
      unsafe conformance_note_step("a request: \(what)")
      run.play(instance, script)
      if let first = plugin.host.violations(.failure).first { throw .failed("\(what): \(first)") }
    }
    finish(plugin, instance)
  }

  private static func injection(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    let run = ScriptedRun(plugin.host)
    let target = "/a%0d%0aX-Injected:%20yes%00?name=%0D%0AX-Injected:%20yes&b=%0a"
    let body = Array(
      #"{"model":"a\r\nX-Injected: yes","user":"\u0000\n","messages":[{"role":"user","content":"\r\n"}]}"#.utf8)
    let fields = [("Host", "example.com"), ("X-Odd", "a\u{9}b %0d%0a \\r\\n")]
    run.play(instance, RequestScript(target: target, fields: fields))
    run.play(instance, RequestScript(method: "POST", target: target, pieces: [body], upstreamPieces: [body]))
    for script in [Scripts.get(), Scripts.post()] { run.play(instance, script) }
    try judge(plugin.host, [.injection])
    finish(plugin, instance)
  }

  private static func quick(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try context.startInstance()
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      let exchange = ScriptedExchange(instance, script)
      exchange.measures = true
      run.finish(exchange)
      if exchange.longest.nanoseconds > 100_000_000 {
        throw .failed(
          "\(exchange.longest.name) kept the worker for \(exchange.longest.nanoseconds / 1_000_000) ms: every other request waits meanwhile"
        )
      }
    }
    finish(plugin, instance)
  }
}
