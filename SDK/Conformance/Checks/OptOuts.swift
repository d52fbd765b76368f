import JSON

/// What a plugin's author has decided, with reasons: the file `conformance.json`.
///
///     {"skip": {"lifecycle.workers": "locks its spool file by design"}, "libraries": {"libpq.so.5": "the database"}}
public struct OptOuts: Sendable {
  /// Checks that are left out, by name, with the reason.
  public private(set) var skip: [String: String] = [:]
  /// Libraries that may be needed beyond the usual ones, with the reason.
  public private(set) var libraries: [String: String] = [:]

  /// Nothing.
  public init() {}

  /// Why the file cannot be used.
  public struct Fault: Error, CustomStringConvertible {
    /// What is wrong.
    public let description: String
  }

  /// Reads the file's content.
  public init(_ bytes: [UInt8]) throws(Fault) {
    let document: JSONNode
    do { document = try JSONNode(parsing: bytes) } catch { throw Fault(description: "\(error)") }
    guard let members = document.members else { throw Fault(description: "expected an object") }
    for member in members {
      guard let entries = member.value.members else { throw Fault(description: "'\(member.name)': expected an object") }
      var texts: [String: String] = [:]
      for entry in entries {
        guard let reason = entry.value.string, reason.utf8.contains(where: { $0 > 0x20 }) else {
          throw Fault(description: "'\(member.name)': '\(entry.name)' needs a reason")
        }
        texts[entry.name] = reason
      }
      switch member.name {
      case "skip":
        for name in texts.keys where !CheckList.all.contains(where: { $0.name == name }) {
          throw Fault(description: "'skip': there is no check '\(name)'")
        }
        skip = texts
      case "libraries": libraries = texts
      default: throw Fault(description: "'\(member.name)' is not known; 'skip' and 'libraries' are")
      }
    }
  }
}
