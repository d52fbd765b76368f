/// What `--help` prints.
enum Help {
  static var text: String {
    var text = """
      dashscope-simulator: an upstream that speaks the OpenAI-compatible protocol of DashScope, strictly.

      Usage: dashscope-simulator [OPTION…]
        --listen ADDRESS:PORT        where to listen (127.0.0.1:9100; port 0: any; the choice is printed)
        --api-key KEY                accept only this key; may be repeated (default: any bearer that is not blank)
        --model NAME=INPUT,OUTPUT[,TRAIT…]
                                     offer one more model, or replace one: the most input and output tokens;
                                     traits: vision, required (tool_choice), thinking, thinking-default, thinking-stream
        --first-token-delay MS       wait before the first event of a stream
        --token-delay MS             wait between events
        --coalesce                   let events without a delay between them share a write
        --script FILE                fault rules to start with
        --record FILE                append a JSON line for each request: method, target, headers, body (as
                                     JSON), body_text (as it came)
        --keep N                     how many requests GET /simulator/requests remembers (1000)
        --strict-fields=on|off       refuse Anthropic-shaped fields, which the real service ignores (on)
        --help                       this text

      Endpoints (any query string)
        POST /compatible-mode/v1/chat/completions, POST /compatible-mode/v1/embeddings, GET /compatible-mode/v1/models,
        POST /api/v1/services/aigc/multimodal-generation/generation
      Control
        POST   /simulator/script     replace the fault rules          DELETE /simulator/script    remove them
        GET    /simulator/requests   what was received, and how each exchange ended (complete, client_gone, fault)
        DELETE /simulator/requests   forget them                      DELETE /simulator/cache     forget cached prefixes
        GET    /simulator/stats      connections, requests, completed, aborted (by the client), faults

      Answers depend on the request only. Text quotes the user, or the results of tools. A token is four characters.
      Fields that the service does not know are ignored. Markers in the user's text say what to answer:
        [[say:TEXT]]                 exactly TEXT
        [[long:N]]                   N tokens
        [[reasoning]] [[reasoning:TEXT]]  think first (as enable_thinking does)
        [[tool:NAME {JSON}]]         call a tool that is on offer; several make parallel calls if the request allows;
                                     without JSON, or by the words `use tool NAME`, its schema supplies the arguments
        [[step]]                     what follows is for the next turn, after the tools have answered
        [[fault:FAULT]]              have a fault

      Faults come from markers, from the request header `x-simulator-fault: FAULT`, or from a script. FAULT is
      `NAME ARGUMENT=VALUE …`; several are separated by `;`; a value with spaces stands in double quotes. A script is
        [{"match":{"nth":2,"path":"/chat","model":"qwen-plus","contains":"text","stream":true},"times":1,
          "action":"cut after=3"}]
      where all parts of `match` and `times` are optional, and `action` is a FAULT, a list of them, or
      {"fault":"cut","after":3}. `nth` counts what the rest matches, from 1. The first rule that matches acts.


      """
    for fault in FaultName.allCases {
      let arguments = fault.arguments.map { " \($0.name)=\($0.standard.isEmpty ? "…" : $0.standard)" }.joined()
      let head = "  \(fault.rawValue)\(arguments)"
      text += head.count < 40 ? head + String(repeating: " ", count: 40 - head.count) : head + "\n" + indent
      text += fault.summary + "\n"
    }
    text += "\nError codes (error code=…, error-frame code=…)\n"
    for error in ServiceError.table { text += "  \(error.status) \(error.code)\n" }
    return text
  }

  private static let indent = String(repeating: " ", count: 40)
}
