import JSON

/// Checks of a value on its own: bounds, lengths, patterns, enumerations.
enum ScalarFault {
  /// What is wrong with a value; `nil` when nothing is.
  static func find(_ node: JSONNode, _ keywords: SchemaKeywords, matches: PluginSchema.RegularExpressionMatcher?)
    -> String?
  {
    if let allowed = keywords.enumeration, !allowed.contains(node) {
      return "expected one of: \(allowed.map(shown).joined(separator: ", "))"
    }
    if let constant = keywords.constant, constant != node { return "value must be \(shown(constant))" }
    if let text = node.string {
      // Strings are not empty unless the schema says so, as in Kong.
      let length = text.unicodeScalars.count
      if let fault = lengthFault(length, keywords.minimumLength, keywords.maximumLength) { return fault }
      if let pattern = keywords.pattern, matches?(pattern, text) == false { return "invalid value: \(text)" }
    }
    if let elements = node.array {
      if let fault = lengthFault(elements.count, keywords.minimumItems, keywords.maximumItems) { return fault }
    }
    if let members = node.members {
      let count = members.count { !$0.value.isNull }
      if let fault = lengthFault(count, keywords.minimumProperties, keywords.maximumProperties) { return fault }
    }
    return node.double.flatMap { boundsFault($0, keywords) }
  }

  private static func lengthFault(_ length: Int, _ minimum: Int?, _ maximum: Int?) -> String? {
    if let minimum, minimum == maximum, length != minimum { return "length must be \(minimum)" }
    if let minimum, length < minimum { return "length must be at least \(minimum)" }
    if let maximum, length > maximum { return "length must be at most \(maximum)" }
    return nil
  }

  private static func boundsFault(_ number: Double, _ keywords: SchemaKeywords) -> String? {
    if let low = keywords.minimum, let high = keywords.maximum, number < low || number > high {
      return "value should be between \(shown(low)) and \(shown(high))"
    }
    if let low = keywords.minimum, number < low { return "value must be at least \(shown(low))" }
    if let high = keywords.maximum, number > high { return "value must be at most \(shown(high))" }
    if let low = keywords.exclusiveMinimum, number <= low { return "value must be greater than \(shown(low))" }
    if let high = keywords.exclusiveMaximum, number >= high { return "value must be less than \(shown(high))" }
    if let step = keywords.multipleOf, step > 0, (number / step).rounded() * step != number {
      return "value must be a multiple of \(shown(step))"
    }
    return nil
  }

  private static func shown(_ number: Double) -> String {
    JSONNode(number).serializedString()
  }

  private static func shown(_ node: JSONNode) -> String {
    node.string ?? node.serializedString()
  }
}

/// Checks of which fields of an object need which others.
enum DependencyFault {
  /// What is wrong with an object.
  static func find(_ node: JSONNode, _ keywords: SchemaKeywords) -> [EntityCheck.Finding] {
    var findings: [EntityCheck.Finding] = []
    var said: [Set<String>] = []
    for (name, needs) in keywords.dependentRequired where node.present(name) != nil {
      let missing = needs.filter { node.present($0) == nil }
      guard !missing.isEmpty else { continue }
      let group = Set(needs + [name])
      let isMutual =
        keywords.dependentRequired.allSatisfy { entry in
          !group.contains(entry.name) || Set(entry.needs + [entry.name]) == group
        } && group.allSatisfy { member in keywords.dependentRequired.contains { $0.name == member } }
      if isMutual {
        guard !said.contains(group) else { continue }
        said.append(group)
        let order = keywords.dependentRequired.map(\.name).filter(group.contains)
        let names = order.map { "'\($0)'" }.joined(separator: ", ")
        findings.append(.init(nil, "all or none of these fields must be set: \(names)"))
      } else {
        findings += missing.map { .init($0, "required field missing") }
      }
    }
    return findings
  }
}
