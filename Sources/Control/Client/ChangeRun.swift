import Configuration
import JSON

/// Carries a plan out and tells of it, in decK's words.
struct ChangeRun {
  let session: CommandSession
  /// Whether changes are only told of.
  let isDry: Bool
  /// Texts that are masked in what is printed.
  let secrets: [String]

  private var isJSON: Bool { session.options.isSet("json-output") }
  private var isColoured: Bool {
    session.console.isTerminal && !session.options.isSet("no-color") && (session.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Takes all steps until some fail; returns the exit code.
  func carryOut(_ plan: ChangePlan) throws(CommandFailure) -> Int32 {
    var done: [EntityChange] = []
    var failures: [String] = []
    for group in plan.groups(ofAtMost: groupSize) where failures.isEmpty {
      for change in group { tell(change) }
      if isDry {
        done += group
        continue
      }
      for (change, answer) in zip(group, try session.client.callTogether(group.map(Self.call))) {
        // What is to go may have gone with the one that it belonged to.
        if answer.isSuccess || (change.operation == .delete && answer.status == 404) {
          done.append(change)
        } else {
          failures.append(
            "while processing event: \(change.operation.rawValue) \(change.subject) failed: \(answer.failureText)")
        }
      }
    }
    summarize(done, errors: failures)
    if failures.isEmpty { return 0 }
    if isJSON { return 1 }
    throw .several(failures)
  }

  /// How many calls are made side by side.
  private var groupSize: Int {
    min(max(session.options["parallelism"].flatMap { Int($0) } ?? 10, 1), 64)
  }

  private static func call(_ change: EntityChange) -> AdminClient.Call {
    let path = EntityKind.path(change.type, change.node)
    switch (change.operation, change.type) {
    case (.delete, _): return AdminClient.Call(method: "DELETE", path: path)
    // Kong puts no target under an id of the client's choice; it takes one that is posted with it.
    case (.create, .targets):
      let collection = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
      return AdminClient.Call(method: "POST", path: collection, body: change.node)
    case (.update, .targets): return AdminClient.Call(method: "PATCH", path: path, body: change.node)
    default: return AdminClient.Call(method: "PUT", path: path, body: change.node)
    }
  }

  // MARK: Telling

  private func tell(_ change: EntityChange) {
    guard !isJSON, !session.options.isSet("silence-events") else { return }
    var line = "\(change.operation.progress) \(change.subject)"
    if change.operation == .update, let old = change.old, let new = change.new {
      line += "  \(SecretMask.mask(JSONDifference.text(old, new), values: secrets))"
    }
    let colour = change.operation == .create ? "32" : change.operation == .update ? "33" : "31"
    session.console.out((isColoured ? "\u{1B}[\(colour)m\(line)\u{1B}[0m" : line) + "\n")
  }

  private func summarize(_ done: [EntityChange], errors: [String]) {
    func count(_ operation: EntityChange.Operation) -> Int { done.count { $0.operation == operation } }
    let (created, updated, deleted) = (count(.create), count(.update), count(.delete))
    guard isJSON else {
      let text = "Summary:\n  Created: \(created)\n  Updated: \(updated)\n  Deleted: \(deleted)\n"
      return session.console.out(isColoured ? "\u{1B}[1;32m\(text)\u{1B}[0m" : text)
    }
    let changes: [(String, JSONNode)] = [
      ("creating", Self.listed(done, .create)), ("updating", Self.listed(done, .update)),
      ("deleting", Self.listed(done, .delete)),
    ]
    let report: JSONNode = [
      "changes": JSONNode(members: changes),
      "summary": [
        "creating": JSONNode(created), "updating": JSONNode(updated), "deleting": JSONNode(deleted),
        "total": JSONNode(created + updated + deleted),
      ],
      "warnings": [], "errors": JSONNode(strings: errors),
    ]
    let text = Self.tabbed(report)
    session.console.out(SecretMask.mask(text, values: secrets) + "\n")
  }

  private static func listed(_ done: [EntityChange], _ operation: EntityChange.Operation) -> JSONNode {
    JSONNode(
      done.filter { $0.operation == operation }.map { change in
        [
          "name": JSONNode(change.name), "kind": JSONNode(EntityKind.name(change.type)),
          "body": ["old": change.old ?? nil, "new": change.new ?? nil],
        ]
      })
  }

  /// JSON with tabs, as decK indents it.
  private static func tabbed(_ node: JSONNode, _ level: Int = 0) -> String {
    let inner = String(repeating: "\t", count: level + 1)
    let outer = String(repeating: "\t", count: level)
    switch node.content {
    case .object(let members) where !members.isEmpty:
      let lines = members.map { "\(inner)\(JSONNode($0.name)): \(tabbed($0.value, level + 1))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(outer)}"
    case .array(let elements) where !elements.isEmpty:
      let lines = elements.map { "\(inner)\(tabbed($0, level + 1))" }
      return "[\n\(lines.joined(separator: ",\n"))\n\(outer)]"
    default: return node.serializedString()
    }
  }
}
