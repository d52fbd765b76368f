import CConformance
import CToriiPlugin
import Configuration
import Glibc
import JSON

/// B. Loading it, and its descriptor.
enum LoadChecks {
  static let all: [Check] = [
    Check(
      11, "load.opens", level: 1, needs: ["file.elf", "file.undefined", "file.hardening"],
      "can be loaded with RTLD_NOW and RTLD_LOCAL"
    ) { context in
      let handle = unsafe try PluginImage.open(context.path)
      guard unsafe PluginImage.entry(handle) != nil else { throw Finding.failed("it has no torii_plugin_entry") }
    },
    Check(12, "load.quick", level: 3, needs: ["load.opens"], "loads within 50 ms") { try quick($0) },
    Check(
      13, "load.quiet", level: 2, needs: ["load.opens"],
      "changes no thread, descriptor or signal handler by being loaded"
    ) {
      try quiet($0)
    },
    Check(
      14, "load.entry", level: 1, needs: ["load.opens"], "its entry point is quick and always gives the same descriptor"
    ) {
      try entry($0)
    },
    Check(
      15, "load.other-major", level: 2, needs: ["load.opens"],
      "its entry point gives another major null, or what that major asks for"
    ) {
      try otherMajor($0)
    },
    Check(16, "load.descriptor", level: 1, needs: ["load.entry"], "its descriptor's numbers are what the ABI allows") {
      try descriptor($0)
    },
    Check(
      17, "load.texts", level: 1, needs: ["load.descriptor"], "name, version and texts have the form the ABI asks for"
    ) {
      try texts($0)
    },
    Check(18, "load.phases", level: 1, needs: ["load.descriptor"], "lists exactly the phases it has callbacks for") {
      try phases($0)
    },
    Check(19, "load.schema", level: 1, needs: ["load.descriptor"], "its schema can be read, and its defaults fit it") {
      try schema($0)
    },
    Check(
      20, "load.needs", level: 1, needs: ["load.descriptor"],
      "names the interfaces it needs as NAME.NAME/REVISION, once each"
    ) {
      try needs($0)
    },
  ]

  private static func quick(_ context: CheckContext) throws(Finding) {
    // In processes of their own, for a library is loaded only once. The quickest counts: the others were disturbed.
    var best = UInt64.max
    for _ in 0..<3 {
      let (code, nanoseconds) = Fork.run {
        let start = conformance_now()
        guard unsafe dlopen(context.path, RTLD_NOW | RTLD_LOCAL) != nil else { return (1, 0) }
        return (0, conformance_now() &- start)
      }
      guard code == 0 else { throw .failed("it could not be loaded (exit code \(code))") }
      best = min(best, nanoseconds)
    }
    context.note = "\(best / 1000) µs"
    if best > 50_000_000 { throw .warning("loading it took \(best / 1_000_000) ms: constructors are to do no work") }
  }

  private static func quiet(_ context: CheckContext) throws(Finding) {
    let threads = conformance_thread_count(), descriptors = conformance_descriptor_count()
    let signals = conformance_signal_digest()
    let handle = unsafe try PluginImage.open(context.path)
    if let entry = unsafe PluginImage.entry(handle) {
      _ = unsafe entry(UInt32(TORII_ABI_MAJOR), UInt32(TORII_ABI_MINOR))
    }
    if conformance_thread_count() != threads { throw .failed("loading it started a thread") }
    if conformance_descriptor_count() != descriptors { throw .failed("loading it opened or closed a file") }
    if conformance_signal_digest() != signals { throw .failed("loading it changed what is done on a signal") }
  }

  private static func entry(_ context: CheckContext) throws(Finding) {
    let handle = unsafe try PluginImage.open(context.path)
    guard let entry = unsafe PluginImage.entry(handle) else { throw .failed("it has no torii_plugin_entry") }
    let start = conformance_processor_time()
    guard let first = unsafe entry(UInt32(TORII_ABI_MAJOR), UInt32(TORII_ABI_MINOR)) else {
      throw .failed("torii_plugin_entry(\(TORII_ABI_MAJOR), \(TORII_ABI_MINOR)) gave null")
    }
    let took = conformance_processor_time() &- start
    for _ in 0..<3 where unsafe entry(UInt32(TORII_ABI_MAJOR), UInt32(TORII_ABI_MINOR)) != first {
      throw .failed("torii_plugin_entry gave another descriptor when it was called again")
    }
    if took > 5_000_000 {
      throw .failed("torii_plugin_entry took \(took / 1_000_000) ms of processor time; 5 are allowed")
    }
  }

  private static func otherMajor(_ context: CheckContext) throws(Finding) {
    let handle = unsafe try PluginImage.open(context.path)
    guard let entry = unsafe PluginImage.entry(handle) else { throw .failed("it has no torii_plugin_entry") }
    for major in [UInt32(0), UInt32(TORII_ABI_MAJOR) + 1, UInt32.max] {
      guard let descriptor = unsafe entry(major, 0) else { continue }
      guard unsafe descriptor.pointee.magic == 0x4952_4F54, unsafe UInt32(descriptor.pointee.abi_major) == major else {
        throw .failed("torii_plugin_entry(\(major), 0) gave a descriptor of another major; null says that it cannot")
      }
    }
  }

  private static func descriptor(_ context: CheckContext) throws(Finding) {
    let image = try PluginImage(context.path)
    let faults = unsafe DescriptorRules.faults(GivenStruct.copy(image.descriptor))
    if image.callbacks.reserved != 0 { throw .failed("the callbacks' reserved is not zero") }
    if !faults.isEmpty { throw .failed(faults.joined(separator: "\n")) }
  }

  private static func texts(_ context: CheckContext) throws(Finding) {
    let image = try PluginImage(context.path)
    let described = unsafe GivenStruct.copy(image.descriptor)
    let texts = unsafe [
      ("name", described.name), ("version", described.version), ("vendor", described.vendor),
      ("summary", described.summary), ("license", described.license), ("config_schema", described.config_schema),
    ]
    for index in unsafe texts.indices {
      let (name, pointer) = unsafe texts[index]
      guard let pointer = unsafe pointer else { continue }
      guard unsafe String(validatingCString: pointer) != nil else { throw .failed("\(name) is not UTF-8") }
      let length = unsafe strlen(pointer)
      if name != "config_schema", length > 256 {
        throw .failed("\(name) is \(length) bytes long; at most 256 make sense")
      }
    }
    let facts = image.facts
    let isName =
      (1...63).contains(facts.name.utf8.count)
      && facts.name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    guard isName else {
      throw .failed("name is '\(facts.name)': 1 to 63 lower case letters, digits and '-' are allowed")
    }
    guard SemanticVersion.isValid(facts.version) else {
      throw .failed("version is '\(facts.version)', which is not of Semantic Versioning 2.0.0")
    }
    if facts.summary?.contains(where: \.isNewline) == true { throw .failed("summary has more than one line") }
  }

  private static func phases(_ context: CheckContext) throws(Finding) {
    let facts = try PluginImage(context.path).facts
    for name in PluginFacts.phaseNames {
      let isListed = facts.phases.contains(name), isPresent = facts.callbacks.contains(name)
      if isListed, !isPresent { throw .failed("lists the phase \(name), but has no callback for it") }
      if isPresent, !isListed {
        throw .failed("has a callback for \(name), but does not list the phase: it is never called")
      }
    }
  }

  private static func schema(_ context: CheckContext) throws(Finding) {
    guard let text = try PluginImage(context.path).facts.schema else {
      throw .skipped("it has no schema: any object is taken")
    }
    let schema: PluginSchema
    do { schema = try PluginSchema(parsing: text) } catch { throw .failed("\(error)") }
    try checkDefaults(schema.document, schema.document, "", 0)
  }

  private static func checkDefaults(
    _ node: JSONNode, _ root: JSONNode, _ pointer: String, _ depth: Int
  ) throws(Finding) {
    guard depth < 64, let members = node.members else { return }
    if let value = node["default"], !value.isNull {
      var own = node
      for name in ["$defs", "definitions"] { if let definitions = root[name] { own.set(name, definitions) } }
      if let schema = try? PluginSchema(parsing: own.serializedString()) {
        let faults = schema.validate(value).errors
        if let first = faults.first { throw .failed("\(pointer)/default: \(value) does not fit: \(first)") }
      }
    }
    for member in members {
      switch member.name {
      case "properties", "$defs", "definitions":
        for inner in member.value.members ?? [] {
          try checkDefaults(inner.value, root, "\(pointer)/\(member.name)/\(inner.name)", depth + 1)
        }
      case "items", "additionalProperties", "not", "if", "then", "else":
        try checkDefaults(member.value, root, "\(pointer)/\(member.name)", depth + 1)
      case "oneOf", "anyOf", "allOf", "prefixItems":
        for (index, inner) in (member.value.array ?? []).enumerated() {
          try checkDefaults(inner, root, "\(pointer)/\(member.name)/\(index)", depth + 1)
        }
      default: break
      }
    }
  }

  private static func needs(_ context: CheckContext) throws(Finding) {
    let needs = try PluginImage(context.path).facts.needs
    for (index, id) in needs.enumerated() {
      let parts = id.split(separator: "/", omittingEmptySubsequences: false)
      let words = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
      let isWellFormed =
        parts.count == 2 && words.count >= 2
        && words.allSatisfy {
          !$0.isEmpty && $0.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        }
        && (UInt32(parts.last ?? "") ?? 0) > 0
      if !isWellFormed { throw .failed("needs '\(id)', which is not of the form torii.headers/1") }
      if needs[..<index].contains(id) { throw .failed("needs '\(id)' twice") }
    }
  }
}

/// Semantic Versioning 2.0.0.
enum SemanticVersion {
  static func isValid(_ text: String) -> Bool {
    let build = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
    let release = (build.first ?? "").split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = (release.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 3, numbers.allSatisfy({ isNumber($0) }) else { return false }
    if release.count == 2 {
      for part in release[1].split(separator: ".", omittingEmptySubsequences: false) {
        guard isIdentifier(part) else { return false }
        if part.utf8.allSatisfy({ (48...57).contains($0) }), !isNumber(part) { return false }
      }
    }
    return build.count < 2
      || build[1].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isIdentifier($0) }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) } && (text == "0" || !text.hasPrefix("0"))
  }

  private static func isIdentifier(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45
      }
  }
}
