import CConformance
import CToriiPlugin
import JSON

/// D. config_create and config_destroy.
enum ConfigurationChecks {
  static let all: [Check] = [
    Check(
      29, "config.accepted", level: 1, needs: ["lifecycle.start-stop", "load.schema"],
      "takes a configuration that its schema allows"
    ) {
      try accepted($0)
    },
    Check(
      30, "config.missing-key", level: 2, needs: ["config.accepted"],
      "refuses a missing key with TORII_E_CONFIG and says which"
    ) {
      try missingKey($0)
    },
    Check(
      31, "config.wrong-type", level: 2, needs: ["config.accepted"],
      "survives values of the wrong type, and says which it refuses"
    ) {
      try wrongType($0)
    },
    Check(
      32, "config.unknown-key", level: 2, needs: ["config.accepted"],
      "takes an unknown key or refuses it with TORII_E_CONFIG, saying which"
    ) {
      try unknownKey($0)
    },
    Check(
      33, "config.garbage", level: 3, needs: ["config.accepted"], "survives empty, huge, deep and broken configurations"
    ) {
      try garbage($0)
    },
    Check(
      34, "config.thousand", level: 3, needs: ["config.accepted"],
      "a thousand instances come and go and leave no memory behind"
    ) {
      try thousand($0)
    },
    Check(
      35, "config.independent", level: 2, needs: ["requests.minimal"],
      "instances with different configurations do not influence each other"
    ) {
      try independent($0)
    },
    Check(
      36, "config.sibling-destroyed", level: 2, needs: ["requests.minimal"],
      "an instance goes on as before when another is destroyed"
    ) {
      try siblingDestroyed($0)
    },
    Check(
      37, "config.same-behaviour", level: 2, needs: ["requests.minimal"],
      "the same configuration gives the same behaviour"
    ) {
      try sameBehaviour($0)
    },
  ]

  private static func accepted(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let sample = try context.sample(plugin.image)
    let faults = sample.faults(sample.given)
    if !faults.isEmpty {
      let hint =
        context.configuration == nil ? "none could be made from the schema: give one with --config" : "see --config"
      throw .failed("the configuration does not fit the schema (\(hint)):\n\(faults.joined(separator: "\n"))")
    }
    let (instance, answer) = plugin.create(sample.text)
    guard let instance else {
      throw .failed(
        "config_create() refused what its schema allows: \(answer.description)\n"
          + "configuration: \(shown(sample.text))")
    }
    for mode in [instance.requestBodyMode, instance.responseBodyMode] where mode < 0 || mode > 3 {
      throw .failed("config_create() asked for the body in mode \(mode), which is no TORII_BODY_…")
    }
    plugin.destroy(instance)
  }

  /// Gives a configuration as it is, and judges a refusal.
  private static func give(
    _ plugin: HostedPlugin, _ bytes: [UInt8], what: String, pointer: String?
  ) throws(Finding) {
    unsafe conformance_note_step("config_create with \(what)")
    let (instance, answer) = plugin.create(bytes)
    if let instance {
      plugin.destroy(instance)
      return
    }
    guard answer.status < 0 else {
      throw .failed("\(what): config_create() gave \(answer.status), which is no torii_status")
    }
    guard answer.isTerminated else {
      throw .failed("\(what): the error's texts do not end within it, or are not UTF-8")
    }
    guard let pointer else { return }
    guard answer.status == TORII_E_CONFIG else {
      throw .failed("\(what): refused with status \(answer.status); TORII_E_CONFIG is \(TORII_E_CONFIG)")
    }
    guard
      answer.pointer == pointer || answer.pointer.hasPrefix(pointer + "/")
        || pointer.hasPrefix(answer.pointer) && !answer.pointer.isEmpty
    else {
      throw .failed("\(what): refused with the pointer '\(answer.pointer)'; the field at fault is '\(pointer)'")
    }
    guard !answer.message.isEmpty else { throw .failed("\(what): refused without a message") }
  }

  private static func missingKey(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let sample = try context.sample(plugin.image)
    guard !sample.required.isEmpty else { throw .skipped("its schema requires no key") }
    for name in sample.required {
      var changed = sample.given
      _ = changed.remove(name)
      if sample.faults(changed).isEmpty {
        throw .failed("its schema takes a configuration without '\(name)', which it requires")
      }
      try give(plugin, changed.serialized(), what: "'\(name)' missing", pointer: "/\(name)")
    }
  }

  private static func wrongType(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let sample = try context.sample(plugin.image)
    guard !sample.properties.isEmpty else { throw .skipped("its schema names no property") }
    let values: [(String, JSONNode)] = [
      ("a string", "text"), ("a number", -1.5), ("a boolean", true), ("null", nil), ("an array", [1, "a"]),
      ("an object", ["a": 1]),
    ]
    for property in sample.properties {
      for (what, value) in values {
        var changed = sample.given
        changed.set(property.name, value)
        // What the schema takes is no wrong type.
        guard !sample.faults(changed).isEmpty else { continue }
        try give(plugin, changed.serialized(), what: "'\(property.name)' being \(what)", pointer: "/\(property.name)")
      }
    }
  }

  private static func unknownKey(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let sample = try context.sample(plugin.image)
    guard sample.isClosed else { throw .skipped("its schema is open: unknown keys are allowed") }
    var changed = sample.given
    changed.set("no_such_key", "text")
    if sample.faults(changed).isEmpty { throw .failed("its schema says it is closed, but takes 'no_such_key'") }
    try give(plugin, changed.serialized(), what: "an unknown key", pointer: "/no_such_key")
  }

  private static func garbage(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let text = try context.sample(plugin.image).text
    let deep = Array(String(repeating: "[", count: 100_000).utf8)
    var generator = SplitMix(seed: context.seed)
    var cases: [(String, [UInt8])] = [
      ("nothing", []), ("an empty object", Array("{}".utf8)), ("null", Array("null".utf8)),
      ("an array", Array("[]".utf8)), ("a number", Array("7".utf8)), ("a lone quote", [0x22]),
      ("a lone backslash in a string", Array(#"{"a":"\"#.utf8)), ("100 000 brackets", deep),
      ("bytes that are not UTF-8", [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x3A, 0x22, 0xC3, 0x28, 0x22, 0x7D]),
      ("a megabyte of text", Array(#"{"a":""#.utf8) + [UInt8](repeating: 0x78, count: 1 << 20) + Array(#""}"#.utf8)),
      ("zero bytes", [UInt8](repeating: 0, count: 64)),
    ]
    for length in stride(from: 1, to: text.count, by: max(1, text.count / 16)) {
      cases.append(("the first \(length) bytes of a valid one", Array(text[..<length])))
    }
    for round in 0..<32 where !text.isEmpty {
      var changed = text
      for _ in 0..<4 { changed[generator.below(changed.count)] = UInt8(truncatingIfNeeded: generator.next()) }
      cases.append(("a valid one with bytes changed (round \(round))", changed))
    }
    for (what, bytes) in cases { try give(plugin, bytes, what: what, pointer: nil) }
  }

  private static func thousand(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.traces = false
    let plugin = try context.startPlugin(options)
    let text = try context.sample(plugin.image).text
    func round(_ count: Int) throws(Finding) {
      var instances: [HostedInstance] = []
      for _ in 0..<count { instances.append(try plugin.mustCreate(text)) }
      for instance in instances { plugin.destroy(instance) }
    }
    for _ in 0..<3 { try round(100) }
    let descriptors = conformance_descriptor_count(), threads = conformance_thread_count()
    let growth = HeapGrowth()
    for _ in 0..<10 { try round(100) }
    let bytes = growth.perRound(1000)
    if bytes >= 8 { throw .failed("each instance leaves \(Int(bytes)) bytes allocated after config_destroy") }
    if conformance_descriptor_count() > descriptors + 4 { throw .failed("instances leave files open") }
    if Threads.beyond(threads + 4) > 0 { throw .failed("instances leave threads running") }
  }

  private static func independent(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let sample = try context.sample(plugin.image)
    let first = try plugin.mustCreate(sample.text)
    let alone = Behaviour(of: first)
    let variants = sample.variants.prefix(12)
    guard !variants.isEmpty else { throw .skipped("its configuration has nothing that could be different") }
    for (name, configuration) in variants {
      // What the plugin refuses beyond its schema is no matter here.
      guard let second = plugin.create(sample.filled(configuration)).instance else { continue }
      _ = Observation.of(second)
      if let difference = alone.difference(to: first) {
        throw .failed("an instance behaves otherwise since there is another with a different '\(name)':\n\(difference)")
      }
    }
  }

  private static func siblingDestroyed(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let text = try context.sample(plugin.image).text
    let first = try plugin.mustCreate(text)
    let second = try plugin.mustCreate(text)
    let before = Behaviour(of: first)
    _ = Observation.of(second)
    plugin.destroy(second)
    if let difference = before.difference(to: first) {
      throw .failed("an instance behaves otherwise since another was destroyed:\n\(difference)")
    }
    plugin.destroy(first)
  }

  private static func sameBehaviour(_ context: CheckContext) throws(Finding) {
    let plugin = try context.startPlugin()
    let text = try context.sample(plugin.image).text
    let instances = [try plugin.mustCreate(text), try plugin.mustCreate(text), try plugin.mustCreate(text)]
    let first = Behaviour(of: instances[0])
    for instance in instances.dropFirst() {
      if let difference = first.differenceToStart(of: instance) {
        throw .failed("two instances with the same configuration behave differently:\n\(difference)")
      }
    }
  }
}
