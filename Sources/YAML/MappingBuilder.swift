import JSON

/// Collects the members of a mapping: refuses a key that is there already, and fills in what `<<` merges.
///
/// Keys that differ only in their Unicode normalization count as the same, as they do for `String`.
struct MappingBuilder {
  private struct Merge {
    var index: Int
    var location: SourceLocation
  }

  private var members: [JSONNode.Member] = []
  private var merge: Merge?
  /// The places of the names, once there are more than a few.
  private var indices: [String: Int] = [:]
  /// Members that are not to be in the result: those with a name that was there.
  private var dropped: Set<Int> = []

  /// Up to this many members a name is looked for one by one.
  private static let indexThreshold = 8

  /// Adds a member, whose value is to be set, and gives its index.
  mutating func add(
    _ name: String, at location: SourceLocation, isMerge: Bool, reportingTo parser: inout Parser
  ) -> Int {
    let index = members.count
    let earlier = isMerge ? merge?.index : find(name)
    if let earlier, let place = members[earlier].nameLocation {
      parser.report(
        "the key \(shown(name)) is there twice; the first is on line \(place.line), column \(place.column)",
        at: location,
        hint: isMerge ? "merge several mappings with '<<: [*a, *b]'" : "remove one of them")
      dropped.insert(index)
    } else if isMerge {
      merge = Merge(index: index, location: location)
    } else {
      remember(name, at: index)
    }
    members.append(JSONNode.Member(name: name, nameLocation: location, value: JSONNode(.null, at: location)))
    return index
  }

  /// Sets the value of a member that ``add(_:at:isMerge:reportingTo:)`` made.
  mutating func set(_ value: JSONNode, at index: Int) {
    members[index].value = value
  }

  /// The mapping.
  mutating func node(at location: SourceLocation, reportingTo parser: inout Parser) -> JSONNode {
    guard let merge else {
      if !dropped.isEmpty {
        members = members.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
      }
      return JSONNode(.object(members), at: location)
    }
    dropped.insert(merge.index)
    let source = members[merge.index].value
    mergeMembers(of: source, of: merge, reportingTo: &parser)
    let kept = members.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
    return JSONNode(.object(kept), at: location)
  }

  /// Appends what a merge brings and the mapping does not have; the first of several mappings wins.
  private mutating func mergeMembers(of source: JSONNode, of merge: Merge, reportingTo parser: inout Parser) {
    switch source.content {
    case .object(let merged):
      append(merged)
    case .array(let sources):
      for source in sources {
        guard case .object(let merged) = source.content else {
          refuse(source, of: merge, reportingTo: &parser)
          return
        }
        append(merged)
      }
    default:
      refuse(source, of: merge, reportingTo: &parser)
    }
  }

  private mutating func append(_ merged: [JSONNode.Member]) {
    for member in merged where find(member.name) == nil {
      remember(member.name, at: members.count)
      members.append(member)
    }
  }

  private func refuse(_ source: JSONNode, of merge: Merge, reportingTo parser: inout Parser) {
    parser.report(
      "'<<' can merge only a mapping or a sequence of mappings", at: source.location ?? merge.location,
      hint: "write \"<<\" in quotes if it is meant as a key")
  }

  // MARK: Names

  private func find(_ name: String) -> Int? {
    if !indices.isEmpty { return indices[name] }
    return members.indices.first { isNamed($0) && members[$0].name == name }
  }

  /// Notes where a name is; the member is appended next.
  private mutating func remember(_ name: String, at index: Int) {
    guard index >= MappingBuilder.indexThreshold else { return }
    if indices.isEmpty {
      for earlier in members.indices where isNamed(earlier) { indices[members[earlier].name] = earlier }
    }
    indices[name] = index
  }

  /// The member takes part in the mapping under its own name.
  private func isNamed(_ index: Int) -> Bool {
    index != merge?.index && !dropped.contains(index)
  }
}
