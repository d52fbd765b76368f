import CToriiPlugin
import JSON

/// What a descriptor says, copied out of the library: goes from the child that asked to the runner.
public struct PluginFacts: Sendable {
  /// The plugin's name.
  public var name = ""
  /// Its version.
  public var version = ""
  /// Who makes it.
  public var vendor: String?
  /// What it does, in a line.
  public var summary: String?
  /// SPDX expression.
  public var license: String?
  /// JSON Schema of its configuration.
  public var schema: String?
  /// Interfaces it cannot work without.
  public var needs: [String] = []
  /// Names of the phases it lists.
  public var phases: [String] = []
  /// Names of the callbacks it has.
  public var callbacks: [String] = []
  /// `TORII_FLAG_…`.
  public var flags: UInt32 = 0
  /// Higher runs first.
  public var priority: Int32 = 0
  /// ABI it was built with, and the oldest minor it works with.
  public var abiMajor: UInt16 = 0
  /// See ``abiMajor``.
  public var abiMinor: UInt16 = 0
  /// See ``abiMajor``.
  public var minimumHostMinor: UInt16 = 0
  /// Bytes of request state.
  public var stateSize: UInt32 = 0
  /// `TORII_BODY_…` of requests.
  public var requestBodyMode: UInt32 = 0
  /// `TORII_BODY_…` of responses.
  public var responseBodyMode: UInt32 = 0
  /// Limits for whole bodies.
  public var requestBodyLimit: UInt64 = 0
  /// See ``requestBodyLimit``.
  public var responseBodyLimit: UInt64 = 0

  /// Whether it claims that it may be unloaded.
  public var mayUnload: Bool { flags & 1 != 0 }
  /// Whether it claims threads of its own.
  public var hasOwnThreads: Bool { flags & 2 != 0 }

  /// The phases in order, with their bits.
  static let phaseNames = ["access", "request_body", "header_filter", "body_filter", "log"]
  /// What the ways to see a body are called.
  public static let bodyModes = ["none", "observe", "stream", "whole"]

  /// Copies a descriptor, of which magic and size have been checked.
  ///
  /// - Safety: the descriptor is constant data of a library that stays mapped during the call.
  init(_ descriptor: UnsafePointer<torii_plugin_descriptor>) {
    let described = unsafe GivenStruct.copy(descriptor)
    func text(_ pointer: UnsafePointer<CChar>?) -> String? { unsafe pointer.map { unsafe String(cString: $0) } }
    name = unsafe text(described.name) ?? ""
    version = unsafe text(described.version) ?? ""
    vendor = unsafe text(described.vendor)
    summary = unsafe text(described.summary)
    license = unsafe text(described.license)
    schema = unsafe text(described.config_schema)
    if var need = unsafe described.needs {
      while let id = unsafe need.pointee, needs.count < 64 {
        unsafe needs.append(String(cString: id))
        unsafe need += 1
      }
    }
    phases = Self.phaseNames.enumerated().filter { unsafe described.phases & (2 << UInt32($0.offset)) != 0 }.map(
      \.element)
    flags = unsafe described.flags
    priority = unsafe described.priority
    abiMajor = unsafe described.abi_major
    abiMinor = unsafe described.abi_minor
    minimumHostMinor = unsafe described.min_host_minor
    stateSize = unsafe described.request_state_size
    requestBodyMode = unsafe described.request_body_mode
    responseBodyMode = unsafe described.response_body_mode
    requestBodyLimit = unsafe described.request_body_limit
    responseBodyLimit = unsafe described.response_body_limit
    guard let callbacks = unsafe described.callbacks else { return }
    let table = unsafe GivenStruct.copy(callbacks)
    let present = unsafe [
      ("start", table.start != nil), ("stop", table.stop != nil), ("config_create", table.config_create != nil),
      ("config_destroy", table.config_destroy != nil), ("access", table.access != nil),
      ("request_body", table.request_body != nil), ("header_filter", table.header_filter != nil),
      ("body_filter", table.body_filter != nil), ("log", table.log != nil), ("event", table.event != nil),
      ("request_end", table.request_end != nil), ("state_export", table.state_export != nil),
      ("state_import", table.state_import != nil),
    ]
    self.callbacks = present.filter(\.1).map(\.0)
  }

  /// As a JSON object: also what a side-car file holds.
  public var document: JSONNode {
    func member(_ name: String, _ value: JSONNode) -> JSONNode.Member { .init(name: name, value: value) }
    func list(_ texts: [String]) -> JSONNode { JSONNode(texts.map { JSONNode($0) }) }
    var members = [
      member("name", JSONNode(name)), member("version", JSONNode(version)),
      member("abi", JSONNode("\(abiMajor).\(abiMinor)")), member("min_host_minor", JSONNode(minimumHostMinor)),
      member("priority", JSONNode(priority)), member("flags", JSONNode(flags)), member("phases", list(phases)),
      member("callbacks", list(callbacks)), member("needs", list(needs)),
      member("request_state_size", JSONNode(stateSize)), member("request_body_mode", JSONNode(requestBodyMode)),
      member("response_body_mode", JSONNode(responseBodyMode)),
      member("request_body_limit", JSONNode(requestBodyLimit)),
      member("response_body_limit", JSONNode(responseBodyLimit)),
    ]
    for (name, value) in [("vendor", vendor), ("summary", summary), ("license", license)] {
      if let value { members.append(member(name, JSONNode(value))) }
    }
    if let schema { members.append(member("config_schema", (try? JSONNode(parsing: schema)) ?? JSONNode(schema))) }
    return JSONNode(.object(members))
  }

  /// Reads what ``document`` wrote.
  init?(_ document: JSONNode) {
    guard let name = document["name"]?.string, let version = document["version"]?.string else { return nil }
    self.name = name
    self.version = version
    vendor = document["vendor"]?.string
    summary = document["summary"]?.string
    license = document["license"]?.string
    schema = document["config_schema"].map { $0.string ?? $0.serializedString() }
    needs = (document["needs"]?.array ?? []).compactMap(\.string)
    phases = (document["phases"]?.array ?? []).compactMap(\.string)
    callbacks = (document["callbacks"]?.array ?? []).compactMap(\.string)
    flags = document["flags"]?.exactInteger() ?? 0
    priority = document["priority"]?.exactInteger() ?? 0
    let abi = (document["abi"]?.string ?? "").split(separator: ".")
    abiMajor = abi.first.flatMap { UInt16($0) } ?? 0
    abiMinor = abi.last.flatMap { UInt16($0) } ?? 0
    minimumHostMinor = document["min_host_minor"]?.exactInteger() ?? 0
    stateSize = document["request_state_size"]?.exactInteger() ?? 0
    requestBodyMode = document["request_body_mode"]?.exactInteger() ?? 0
    responseBodyMode = document["response_body_mode"]?.exactInteger() ?? 0
    requestBodyLimit = document["request_body_limit"]?.exactInteger() ?? 0
    responseBodyLimit = document["response_body_limit"]?.exactInteger() ?? 0
  }
}
