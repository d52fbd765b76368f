/// Cuts calls of tools into the members `"tool_calls":[…]` of a stream's deltas.
struct ToolCallPieces {
  private let calls: [Completion.Call]
  private let faults: FaultPlan
  private let idMode: String?
  private let nameMode: String?

  init(_ calls: [Completion.Call], faults: FaultPlan) {
    self.calls = calls
    self.faults = faults
    idMode = faults[.toolID]?.text("value")
    nameMode = faults[.toolName]?.text("value")
  }

  /// The members, one for each event.
  func list() -> [String] {
    if faults.has(.functionCall) { return calls.prefix(1).flatMap(functionCall) }
    if faults.has(.toolTogether) {
      return [member(calls.enumerated().map { whole($0.element, $0.offset) }.joined(separator: ","))]
    }
    let lists = calls.enumerated().map { pieces($0.element, $0.offset) }
    guard faults.has(.toolInterleaved) else { return lists.joined().map(member) }
    // Round after round, one piece of each call.
    var result: [String] = []
    for round in 0..<(lists.map(\.count).max() ?? 0) {
      for list in lists where round < list.count { result.append(member(list[round])) }
    }
    return result
  }

  private func member(_ pieces: String) -> String { #""tool_calls":[\#(pieces)]"# }

  private func pieces(_ call: Completion.Call, _ index: Int) -> [String] {
    let arguments = call.distortedArguments(faults)
    if faults.has(.toolWhole) || arguments.isDistorted || faults.has(.bigLine) { return [whole(call, index)] }
    let isLate = idMode == "late"
    var result = [
      piece(index, id: isLate ? nil : call.id, name: isLate ? nil : call.name, arguments: quoted(""), isFirst: true)
    ]
    for text in Tokens.pieces(call.arguments) {
      result.append(
        piece(
          index, id: idMode == "repeated" ? call.id : "", name: nameMode == "repeated" ? call.name : nil,
          arguments: quoted(String(text)), isFirst: false))
    }
    if isLate {
      result.append(piece(index, id: call.id, name: call.name, arguments: quoted(""), isFirst: true))
    } else {
      result.append(piece(index, id: "", name: nil, arguments: "null", isFirst: false))
    }
    return result
  }

  private func whole(_ call: Completion.Call, _ index: Int) -> String {
    var arguments = call.distortedArguments(faults).json.map { String(decoding: $0, as: UTF8.self) }
    if let size = faults[.bigLine]?.number("megabytes") {
      arguments = quoted("{\"content\":\"" + String(repeating: "x", count: max(0, size) << 20) + "\"}")
    }
    return piece(index, id: call.id, name: call.name, arguments: arguments, isFirst: true)
  }

  private func piece(_ index: Int, id: String?, name: String?, arguments: String?, isFirst: Bool) -> String {
    var members: [String] = []
    switch faults[.toolIndex]?.text("value") {
    case "missing": break
    case "same": members.append(#""index":0"#)
    default: members.append(#""index":\#(index)"#)
    }
    switch idMode {
    case "missing": break
    case "empty": members.append(#""id":"""#)
    default: members.append(#""id":\#(quoted(id ?? ""))"#)
    }
    members.append(#""type":"function""#)
    var function: [String] = []
    if nameMode != "missing" { function.append(#""name":\#(name.map(quoted) ?? "null")"#) }
    if let arguments { function.append(#""arguments":\#(arguments)"#) }
    members.append(#""function":{\#(function.joined(separator: ","))}"#)
    return "{" + members.joined(separator: ",") + "}"
  }

  private func functionCall(_ call: Completion.Call) -> [String] {
    [#""function_call":{"name":\#(quoted(call.name)),"arguments":""}"#]
      + Tokens.pieces(call.arguments).map { #""function_call":{"name":null,"arguments":\#(quoted(String($0)))}"# }
  }

  private func quoted(_ text: String) -> String {
    var json = JSONText()
    json.asciiOnly = faults.has(.ascii)
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
