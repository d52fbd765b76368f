/// Every way in which the simulator can be told to misbehave. `--help` prints this table.
enum FaultName: String, CaseIterable, Sendable {
  // Time.
  case slow, stall
  // Early ends.
  case reset, cut, end
  // Writes.
  case split, rechunk, join
  // Other answers.
  case error, html, empty
  case errorFrame = "error-frame"
  case json, sse
  // HTTP.
  case interim, close
  case closeSilently = "close-silently"
  case untilClose = "until-close"
  case chunked
  case contentLength = "content-length"
  case badChunk = "bad-chunk"
  case badHead = "bad-head"
  case bigHead = "big-head"
  case gzip
  // Event framing.
  case crlf, cr, comments, compact, fields, multiline, bom, heartbeat, malformed
  case noDone = "no-done"
  case compactDone = "compact-done"
  case afterDone = "after-done"
  case bigLine = "big-line"
  // The shape of answers.
  case choices, usage
  case finish
  case finishTwice = "finish-twice"
  case finishMissing = "finish-missing"
  case finishWithContent = "finish-with-content"
  case roleWithFirst = "role-with-first"
  case roleRepeated = "role-repeated"
  case reasoningEmpty = "reasoning-empty"
  case reasoningKey = "reasoning-key"
  case reasoningOnly = "reasoning-only"
  case contentParts = "content-parts"
  case refusal
  case ascii
  case loneSurrogates = "lone-surrogates"
  // The shape of tool calls.
  case toolIndex = "tool-index"
  case toolWhole = "tool-whole"
  case toolInterleaved = "tool-interleaved"
  case toolTogether = "tool-together"
  case toolID = "tool-id"
  case toolName = "tool-name"
  case toolArguments = "tool-arguments"
  case functionCall = "function-call"

  /// The arguments it takes, as `name=DEFAULT`; `nil` in a default means none.
  var arguments: [(name: String, standard: String)] {
    switch self {
    case .slow: [("head", "0"), ("first", "0"), ("token", "0")]
    case .stall, .reset: [("after", "")]
    case .cut, .end: [("after", "2")]
    case .split: [("size", "1"), ("seed", ""), ("pause", "0")]
    case .rechunk: [("size", "1"), ("seed", "")]
    case .join: [("count", "2")]
    case .error:
      [("code", "internal_error"), ("status", ""), ("message", ""), ("shape", "openai"), ("retry-after", "")]
    case .html, .empty: [("status", self == .html ? "502" : "200")]
    case .errorFrame: [("code", "internal_error"), ("after", "0"), ("message", "")]
    case .contentLength: [("delta", "10")]
    case .badChunk: [("after", "1")]
    case .malformed: [("after", "1"), ("count", "1")]
    case .bigHead: [("kilobytes", "64")]
    case .bigLine: [("megabytes", "8")]
    case .comments, .heartbeat: [("count", "1")]
    case .choices: [("value", "null")]
    case .usage: [("value", "never")]
    case .finish: [("reason", "length")]
    case .toolIndex: [("value", "same")]
    case .toolID: [("value", "missing")]
    case .toolName: [("value", "missing")]
    case .toolArguments: [("value", "truncated")]
    default: []
    }
  }

  /// What it does.
  var summary: String {
    switch self {
    case .slow: "wait milliseconds before the head, before the first event (or the body), between events"
    case .stall: "never answer; with after=N stop after N events (body bytes of a one-shot answer), 0: after the head"
    case .reset: "reset (RST) instead of answering; with after=N as in stall"
    case .cut: "close after N events (body bytes) in mid-stream, without the last chunk"
    case .end: "end the body properly after N events, without finish_reason, usage and [DONE]"
    case .split: "write SIZE bytes a time (or 1 to SIZE at random from SEED), PAUSE microseconds apart"
    case .rechunk: "put HTTP chunk boundaries every SIZE bytes (or 1 to SIZE at random from SEED)"
    case .join: "send COUNT events in one chunk and write"
    case .error: "answer with the error CODE (shape: openai, native, text), its status unless given"
    case .html: "answer with an HTML page, as a proxy in between would"
    case .empty: "answer with an empty body"
    case .errorFrame: "send an error as an event, after N others, and end"
    case .json: "answer a stream request with a one-shot body"
    case .sse: "answer a one-shot request with a stream"
    case .interim: "send 103 Early Hints before the head"
    case .close: "say connection: close, and close after the answer"
    case .closeSilently: "close after the answer without having said so"
    case .untilClose: "send the body without a length; it ends when the connection does"
    case .chunked: "send a one-shot body in chunks"
    case .contentLength: "lie about the length of a one-shot body by DELTA bytes, then close"
    case .badChunk: "send an invalid chunk size after N events, then close"
    case .badHead: "send a head that is not HTTP"
    case .bigHead: "send a header field of that size"
    case .gzip: "encode the body with gzip, each event flushed"
    case .crlf: "end lines with CRLF"
    case .cr: "end lines with CR"
    case .comments: "send COUNT comment lines before each event"
    case .compact: "leave out the space after `data:`"
    case .fields: "send id:, event: and retry: lines with each event"
    case .multiline: "spread each event over two data: lines"
    case .bom: "begin the stream with a byte order mark"
    case .heartbeat: "send COUNT events with empty choices and no usage before each event"
    case .malformed: "send COUNT events that are not JSON after N others"
    case .noDone: "leave out [DONE]"
    case .compactDone: "send data:[DONE] without the space, and without an empty line after it"
    case .afterDone: "send another event after [DONE]"
    case .bigLine: "make the first piece of text (or arguments) one event of that size"
    case .choices: "choices are: null, empty, missing, hollow ([{}])"
    case .usage:
      "usage comes: never, always (growing, with every event), early (before finish), finish (in that event), null"
    case .finish: "finish_reason is REASON; null is written as JSON null"
    case .finishTwice: "send the finish event twice, the second time with usage"
    case .finishMissing: "leave out the finish event"
    case .finishWithContent: "send finish_reason with the last piece of content"
    case .roleWithFirst: "send role and id with the first content, without an event of its own"
    case .roleRepeated: "send the role with every event"
    case .reasoningEmpty: "send reasoning_content \"\" while answering"
    case .reasoningKey: "name it reasoning instead of reasoning_content"
    case .reasoningOnly: "think, and stop without an answer"
    case .contentParts: "make the content of a one-shot answer an array of parts"
    case .refusal: "answer with message.refusal instead of content"
    case .ascii: "escape all characters beyond ASCII"
    case .loneSurrogates: "cut characters beyond the BMP into two escapes in two events"
    case .toolIndex: "the index of calls is: same (0 for all), missing"
    case .toolWhole: "send name and arguments in one event, as GLM does"
    case .toolInterleaved: "send the pieces of parallel calls in turns"
    case .toolTogether: "send all calls in one event"
    case .toolID: "the id is: missing, empty, repeated (with every piece), late (after the arguments)"
    case .toolName: "the name is: missing, repeated (with every piece)"
    case .toolArguments: "the arguments are: truncated, empty, null, missing, object, array, number, text"
    case .functionCall: "answer with the old function_call instead of tool_calls"
    }
  }
}
