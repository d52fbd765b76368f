import CLinux
import Configuration
import Glibc
import JSON
import PluginHost
import Supervision

/// What a library says of itself, as an inspector found it.
public struct PluginDescription: Sendable {
  /// The plugin's name.
  public var name: String
  /// Its version.
  public var version: String
  /// Its place among others.
  public var priority: Int
  /// Bits of the phases it takes part in.
  public var phases: Int
  /// The text of its configuration's JSON Schema.
  public var schema: String?
  /// Its library.
  public var library: GenerationDocument.Library
}

/// Looks into libraries in a process of its own: one that crashes or hangs on load, or in `config_create`, takes only
/// that process with it.
public enum Inspector {
  /// What is asked: the libraries to describe, and instances to try.
  public struct Question: Sendable {
    /// Files to load.
    public var libraries: [String]
    /// Entities whose configuration is to be tried, with the library of each.
    public var instances: [(plugin: PluginEntity, library: String)] = []

    /// Asks for descriptions.
    public init(libraries: [String]) { self.libraries = libraries }
  }

  /// What came back.
  public struct Answer: Sendable {
    /// Libraries that can be used.
    public var plugins: [PluginDescription] = []
    /// Why others cannot: by path.
    public var refused: [(path: String, reason: String)] = []
    /// Why instances cannot be made: by the entity's id.
    public var faults: [(id: String, pointer: String, message: String)] = []
  }

  /// The most an inspection may take, in milliseconds.
  private static let timeout: Int32 = 10_000

  /// Starts an inspector and waits for its answer.
  public static func ask(_ question: Question) -> Answer {
    var answer = Answer()
    guard !question.libraries.isEmpty else { return answer }
    do {
      for line in try InspectorProcess.run(encode(question), timeout: timeout) { take(line, &answer) }
    } catch let failure as InspectorProcess.Failure {
      // The last library it began with is the one that ended it.
      let culprit = failure.lastBegun ?? question.libraries[0]
      answer.refused.append((culprit, failure.reason))
      let rest = question.libraries.filter { path in
        path != culprit && !answer.plugins.contains { $0.library.path == path }
          && !answer.refused.contains { $0.path == path }
      }
      for line in failure.lines { take(line, &answer) }
      let left = rest.filter { path in
        !answer.plugins.contains { $0.library.path == path } && !answer.refused.contains { $0.path == path }
      }
      if !left.isEmpty, left.count < question.libraries.count {
        var again = question
        again.libraries = left
        again.instances = question.instances.filter { left.contains($0.library) }
        let second = ask(again)
        answer.plugins += second.plugins
        answer.refused += second.refused
        answer.faults += second.faults
      }
    } catch {
      answer.refused += question.libraries.map { ($0, "\(error)") }
    }
    return answer
  }

  private static func encode(_ question: Question) -> [UInt8] {
    let instances = question.instances.map { plugin, library in
      JSONNode(
        .object([
          .init(name: "library", value: JSONNode(.string(library))),
          .init(name: "entity", value: plugin.node),
          .init(name: "config", value: plugin.config),
        ]))
    }
    return JSONNode(
      .object([
        .init(name: "libraries", value: JSONNode(.array(question.libraries.map { JSONNode(.string($0)) }))),
        .init(name: "instances", value: JSONNode(.array(instances))),
      ])
    ).serialized()
  }

  private static func take(_ line: JSONNode, _ answer: inout Answer) {
    switch line["kind"]?.string {
    case "plugin":
      guard let name = line["name"]?.string, let path = line["path"]?.string,
        let library = GenerationDocument.Library.at(path)
      else { return }
      answer.plugins.append(
        PluginDescription(
          name: name, version: line["version"]?.string ?? "", priority: line["priority"]?.integer ?? 0,
          phases: line["phases"]?.integer ?? 0, schema: line["schema"]?.string, library: library))
    case "refused":
      answer.refused.append((line["path"]?.string ?? "", line["reason"]?.string ?? ""))
    case "fault":
      answer.faults.append(
        (line["id"]?.string ?? "", line["pointer"]?.string ?? "", line["message"]?.string ?? ""))
    default: break
    }
  }

  // MARK: In the inspector

  /// The inspector itself: reads a question from standard input and writes lines of JSON to standard output.
  public static func main(version: String) -> Int32 {
    // A library may print: that goes to the log, and the answer to where nothing else is written.
    let answer = fcntl(1, F_DUPFD_CLOEXEC, 3)
    guard answer >= 0, dup2(2, 1) == 1 else { return 2 }
    DescriptorLimit.lower()
    guard let text = readAll(0), let question = try? JSONNode(parsing: text) else { return 2 }
    let runtime = PluginRuntime(version: version, inspecting: true)
    var libraries: [String: PluginLibrary] = [:]
    for path in (question["libraries"]?.array ?? []).compactMap(\.string) {
      say(answer, ["kind": .string("begin"), "path": .string(path)])
      do {
        let library = try runtime.load(path: path)
        libraries[path] = library
        var line: [String: JSONNode.Content] = [
          "kind": .string("plugin"), "path": .string(path), "name": .string(library.name),
          "version": .string(library.version), "priority": .number(String(library.priority)),
          "phases": .number(String(library.phases)),
        ]
        if let schema = library.configurationSchema { line["schema"] = .string(schema) }
        say(answer, line)
      } catch {
        let reason = (error as? PluginLibraryError)?.reason ?? "\(error)"
        say(answer, ["kind": .string("refused"), "path": .string(path), "reason": .string(reason)])
      }
    }
    for instance in question["instances"]?.array ?? [] {
      guard let path = instance["library"]?.string, let library = libraries[path], let entity = instance["entity"],
        let config = instance["config"]
      else { continue }
      say(answer, ["kind": .string("begin"), "path": .string(path)])
      let id = entity["id"]?.string ?? ""
      do {
        _ = try runtime.makeInstance(
          of: library, PluginInstanceSettings(configuration: config.serialized(), entityID: id))
      } catch let error as PluginConfigurationError {
        say(
          answer,
          [
            "kind": .string("fault"), "id": .string(id), "pointer": .string(error.pointer),
            "message": .string(error.message),
          ])
      } catch {
        say(
          answer, ["kind": .string("fault"), "id": .string(id), "pointer": .string(""), "message": .string("\(error)")])
      }
    }
    say(answer, ["kind": .string("end")])
    return 0
  }

  private static func say(_ descriptor: Int32, _ members: [String: JSONNode.Content]) {
    let node = JSONNode(
      .object(members.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: JSONNode($0.value)) }))
    let line = node.serialized() + [10]
    var offset = 0
    while offset < line.count {
      let count = unsafe line.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + offset }, $0.count - offset)
      }
      if count <= 0 { return }
      offset += count
    }
  }

  static func readAll(_ descriptor: Int32) -> [UInt8]? {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 { return nil }
      if count == 0 { return text }
      text += buffer[..<count]
    }
  }
}
