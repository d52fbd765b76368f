import JSON

/// A rule of a fault script: which requests it is for, and what happens to them.
///
/// In JSON: `{"match":{"nth":2,"path":"/chat/","model":"qwen-plus","contains":"text","stream":true},"times":1,
/// "action":"cut after=3"}`. A script is a list of rules or `{"rules":[…]}`. All parts of `match` must hold: `nth` counts
/// the requests that the other parts match, from 1; `path`, `model` and `contains` (in the body) are parts of the text.
/// `times` bounds how often the rule acts (always, when left out). `action` is a fault, a list of them, or
/// `{"fault":"cut","after":3}`. The first rule that matches acts.
struct FaultRule: Sendable {
  private var nth: Int?
  private var path: String?
  private var model: String?
  private var contains: [UInt8]?
  private var stream: Bool?
  private var left: Int
  private let plan: FaultPlan
  private var seen = 0

  /// Reads a script.
  static func script(_ text: [UInt8]) throws(FaultPlan.Refusal) -> [FaultRule] {
    let root: JSONNode
    do { root = try JSONNode.read(text) } catch {
      throw FaultPlan.Refusal(message: "the script is not JSON: \(error.reason)")
    }
    guard let rules = root.array ?? root["rules"]?.array else {
      throw FaultPlan.Refusal(message: "a script is a list of rules, or an object with `rules`")
    }
    var result: [FaultRule] = []
    for (index, rule) in rules.enumerated() {
      do throws(FaultPlan.Refusal) { result.append(try FaultRule(rule)) } catch {
        throw FaultPlan.Refusal(message: "rules[\(index)]: \(error.message)")
      }
    }
    return result
  }

  private init(_ node: JSONNode) throws(FaultPlan.Refusal) {
    guard let members = node.members else { throw FaultPlan.Refusal(message: "a rule is an object") }
    for member in members where !["match", "times", "action", "comment"].contains(member.name) {
      throw FaultPlan.Refusal(message: "unknown member '\(member.name)'")
    }
    for member in node["match"]?.members ?? [] {
      switch member.name {
      case "nth": nth = member.value.integer
      case "path": path = member.value.string
      case "model": model = member.value.string
      case "contains": contains = member.value.string.map { Array($0.utf8) }
      case "stream": stream = member.value.boolean
      default: throw FaultPlan.Refusal(message: "unknown member 'match.\(member.name)'")
      }
    }
    left = node["times"]?.integer ?? .max
    guard let action = node["action"] else { throw FaultPlan.Refusal(message: "`action` is missing") }
    var plan = FaultPlan()
    for step in action.array ?? [action] { try Self.add(step, to: &plan) }
    self.plan = plan
  }

  private static func add(_ action: JSONNode, to plan: inout FaultPlan) throws(FaultPlan.Refusal) {
    if let text = action.string { return try plan.add(text) }
    guard let name = action["fault"]?.string, let members = action.members else {
      throw FaultPlan.Refusal(message: "an action is text, or an object with `fault`")
    }
    var words: [String] = []
    for member in members where member.name != "fault" {
      guard let value = member.value.scalarText else {
        throw FaultPlan.Refusal(message: "'\(member.name)' must be a string or a number")
      }
      words.append("\(member.name)=\(value)")
    }
    try plan.add(name, words[...])
  }

  /// The faults for a request, if the rule is for it. Counts the request.
  mutating func apply(to request: Request, model name: String?, stream streamed: Bool) -> FaultPlan? {
    if let path, !request.target.contains(path) { return nil }
    if let model, !(name ?? "").contains(model) { return nil }
    if let stream, stream != streamed { return nil }
    if let contains, !request.body.contains(sequence: contains) { return nil }
    seen += 1
    if let nth, nth != seen { return nil }
    guard left > 0 else { return nil }
    left -= 1
    return plan
  }
}

extension [UInt8] {
  /// Whether `part` occurs.
  fileprivate func contains(sequence part: [UInt8]) -> Bool {
    guard let first = part.first else { return true }
    var start = startIndex
    while let found = self[start...].firstIndex(of: first), count - found >= part.count {
      if self[found..<(found + part.count)].elementsEqual(part) { return true }
      start = found + 1
    }
    return false
  }
}
