import Configuration
import JSON

// `validate`: the gateway checks what files declare.
extension CommandSession {
  /// Has every entity checked; returns the exit code.
  func validate() throws(CommandFailure) -> Int32 {
    let files = try files()
    let declared: DeclaredState
    do throws(ConfigurationErrors) {
      declared = try DeclaredState(files, current: GatewayConfiguration())
    } catch {
      throw Self.unreadable(error.errors.map(\.description))
    }
    _ = try GatewayState.version(client)
    let wanted = Set(options.all("online-entities-list").map { $0.lowercased() })
    let names = EntityLookup(GatewayConfiguration(entities: declared.entities))
    var errors: [String] = []
    for type in EntityKind.levels.joined() {
      guard
        wanted.isEmpty || wanted.contains(type.rawValue.replacing(text: "_", with: ""))
          || wanted.contains(type.rawValue)
      else { continue }
      for node in declared.entities[type] ?? [] {
        let body = node.without("created_at", "updated_at").withoutNulls
        let answer = try client.call("POST", "/schemas/\(type.rawValue)/validate", body)
        // A gateway that cannot check this kind does not refuse it.
        if answer.isSuccess || answer.status == 404 { continue }
        let name = EntityKind.display(type, node, among: names)
        errors.append("validate entity '\(type.rawValue) (\(name))': \(answer.failureText)")
      }
    }
    guard options.isSet("json-output") else {
      if errors.isEmpty { return 0 }
      throw .several(errors)
    }
    let report: JSONNode = ["errors": JSONNode(strings: errors), "warnings": []]
    console.out(report.serializedString(pretty: true) + "\n")
    return errors.isEmpty ? 0 : 1
  }
}
