import CConformance
import CToriiPlugin
import Glibc
import JSON

/// C. start and stop.
enum LifecycleChecks {
  static let all: [Check] = [
    Check(
      21, "lifecycle.start-stop", level: 1, needs: ["load.descriptor"],
      "start and stop leave no allocation, descriptor or thread"
    ) {
      try startStop($0)
    },
    Check(
      22, "lifecycle.missing-interface", level: 2, needs: ["lifecycle.start-stop"],
      "survives that an interface it does not list in needs is missing"
    ) {
      try missingInterface($0)
    },
    Check(
      23, "lifecycle.smallest-host", level: 1, needs: ["config.accepted"],
      "works with the oldest minor it names, and reads nothing beyond the sizes stated"
    ) {
      try layout($0, .exact)
    },
    Check(
      24, "lifecycle.larger-host", level: 1, needs: ["config.accepted"],
      "works with a later minor, whose tables and arguments are larger"
    ) {
      try layout($0, .larger)
    },
    Check(
      25, "lifecycle.start-fails", level: 3, needs: ["lifecycle.missing-interface"],
      "leaves nothing behind when start fails"
    ) {
      try startFails($0)
    },
    Check(
      26, "lifecycle.second-generation", level: 2, needs: ["requests.minimal"],
      "a second copy works in the same process beside the first"
    ) {
      try secondGeneration($0)
    },
    Check(27, "lifecycle.workers", level: 2, needs: ["requests.minimal"], "works in four worker processes at once") {
      try workers($0)
    },
    Check(
      28, "lifecycle.silent-after-stop", level: 2, needs: ["requests.minimal"],
      "calls the host no more once stop has returned"
    ) {
      try silentAfterStop($0)
    },
    Check(
      67, "lifecycle.inspect", level: 2, needs: ["config.accepted"],
      "opens no file and starts no thread while it is inspected"
    ) {
      try inspect($0)
    },
    Check(
      68, "lifecycle.unload", level: 3, needs: ["lifecycle.start-stop", "file.nodelete", "file.unique"],
      "is gone from memory after stop and dlclose if it may be unloaded"
    ) {
      try unload($0)
    },
  ]

  private static func startStop(_ context: CheckContext) throws(Finding) {
    let host = ScriptedHost(quiet)
    let image = try PluginImage(context.path)
    let threads = conformance_thread_count(), descriptors = conformance_descriptor_count()
    try cycle(image, host)
    if Threads.beyond(threads) > 0 { throw .failed("stop() left a thread running") }
    if conformance_descriptor_count() > descriptors { throw .failed("stop() left a file open") }
    guard image.mayUnload else {
      // start() comes once in a process: what it keeps then it keeps once.
      context.note = "allocations are not judged: it stays loaded"
      return
    }
    image.close()
    for _ in 0..<4 { try loadCycle(context.path, host) }
    let growth = HeapGrowth()
    for _ in 0..<12 { try loadCycle(context.path, host) }
    let bytes = growth.perRound(12)
    if bytes >= 16 { throw .failed("each start and stop leaves \(Int(bytes)) bytes allocated") }
  }

  private static var quiet: ScriptedHost.Options {
    var options = ScriptedHost.Options()
    options.traces = false
    return options
  }

  private static func cycle(_ image: PluginImage, _ host: ScriptedHost) throws(Finding) {
    let plugin = HostedPlugin(image, host: host)
    try plugin.mustStart()
    plugin.stop()
    host.forgetViolations()
  }

  private static func loadCycle(_ path: String, _ host: ScriptedHost) throws(Finding) {
    let image = try PluginImage(path)
    try cycle(image, host)
    image.close()
    host.forgetViolations()
  }

  private static let interfaces = [
    "torii.headers/1", "torii.request/1", "torii.upstream/1", "torii.flow/1", "torii.body/1", "torii.async/1",
    "torii.log/1", "torii.metrics/1", "torii.shared/1",
  ]

  private static func missingInterface(_ context: CheckContext) throws(Finding) {
    // Not even for this is it loaded here: some languages start threads when they are, and a process that has them cannot be
    // divided.
    let (read, listed) = Fork.run {
      do throws(Finding) {
        let needs = try PluginImage(context.path).facts.needs
        var listed: UInt64 = 0
        for (place, name) in interfaces.enumerated() where needs.contains(name) { listed |= 1 << UInt64(place) }
        return (0, listed)
      } catch { return (4, 0) }
    }
    guard read == 0 else { throw .failed("it could not be loaded (\(Words.end(read)))") }
    let optional = interfaces.enumerated().filter { listed & (1 << UInt64($0.offset)) == 0 }.map(\.element)
    if optional.isEmpty { context.note = "it lists them all: the host refuses it by itself" }
    for interface in optional {
      var options = ScriptedHost.Options()
      options.missing = [interface]
      let chosen = options
      let (code, status) = Fork.run {
        do throws(Finding) {
          let plugin = HostedPlugin(try PluginImage(context.path), chosen)
          let answer = plugin.start()
          if answer.status > 0 { return (2, UInt64(answer.status)) }
          guard plugin.isStarted else { return (answer.isTerminated ? 0 : 3, 0) }
          // It says it can do without.
          if let instance = plugin.create(try context.sample(plugin.image).text).instance {
            let run = ScriptedRun(plugin.host)
            run.play(instance, Scripts.get())
            run.play(instance, Scripts.post())
            plugin.destroy(instance)
          }
          plugin.stop()
          return (0, 0)
        } catch { return (4, 0) }
      }
      switch code {
      case 0: continue
      case 2: throw .failed("without \(interface) start() gave \(status), which is no torii_status")
      case 3: throw .failed("without \(interface) start() wrote an error text that does not end, or is not UTF-8")
      default:
        throw .failed(
          "without \(interface) it dies (\(Words.end(code))): check what query_interface() gives, or list it in needs")
      }
    }
  }

  private static func layout(_ context: CheckContext, _ layout: ScriptedHost.Layout) throws(Finding) {
    var options = ScriptedHost.Options()
    options.layout = layout
    let image = try PluginImage(context.path)
    if layout == .exact { options.minor = unsafe min(image.descriptor.pointee.min_host_minor, UInt16(TORII_ABI_MINOR)) }
    let plugin = HostedPlugin(image, options)
    let answer = plugin.start()
    guard plugin.isStarted else { throw .failed("start() refused: \(answer.description)") }
    let (instance, refusal) = plugin.create(try context.sample(plugin.image).text)
    guard let instance else { throw .failed("config_create() refused: \(refusal.description)") }
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
    plugin.destroy(instance)
    plugin.stop()
  }

  private static func startFails(_ context: CheckContext) throws(Finding) {
    let image = try PluginImage(context.path)
    var options = quiet
    options.missing = Set(interfaces).subtracting(image.facts.needs)
    let host = ScriptedHost(options)
    func fail() -> Bool {
      let plugin = HostedPlugin(image, host: host)
      // Where nothing is missing, a host function fails.
      if options.missing.isEmpty {
        host.callCount = 0
        host.fault = .init(at: 1 + image.facts.needs.count, status: TORII_E_MEMORY)
      }
      _ = plugin.start()
      host.fault = nil
      if plugin.isStarted { plugin.stop() }
      return !plugin.isStarted
    }
    guard fail() else {
      context.note = "start() does not fail"
      return
    }
    let threads = conformance_thread_count(), descriptors = conformance_descriptor_count()
    for _ in 0..<20 { _ = fail() }
    let growth = HeapGrowth()
    for _ in 0..<50 { _ = fail() }
    let bytes = growth.perRound(50)
    if bytes >= 16 { throw .failed("each start() that fails leaves \(Int(bytes)) bytes allocated") }
    if Threads.beyond(threads) > 0 { throw .failed("start() failed and left a thread running") }
    if conformance_descriptor_count() > descriptors { throw .failed("start() failed and left a file open") }
  }

  private static func secondGeneration(_ context: CheckContext) throws(Finding) {
    let first = try context.startInstance()
    let alone = Behaviour(of: first.instance)
    let second = try context.startInstance(path: try context.copyOfLibrary("generation.so"))
    if let difference = alone.differenceToStart(of: second.instance) {
      throw .failed("a second copy behaves otherwise than the first:\n\(difference)")
    }
    if let difference = alone.difference(to: first.instance) {
      throw .failed("the first copy behaves otherwise when there is a second:\n\(difference)")
    }
    first.plugin.destroy(first.instance)
    second.plugin.destroy(second.instance)
    second.plugin.stop()
    first.plugin.stop()
  }

  private static func workers(_ context: CheckContext) throws(Finding) {
    var children: [Fork.Child] = []
    for _ in 0..<4 {
      let child = Fork.start {
        do throws(Finding) {
          let plugin = HostedPlugin(try PluginImage(context.path))
          guard plugin.start().status == TORII_OK else { return (1, 0) }
          guard let instance = plugin.create(try context.sample(plugin.image).text).instance else { return (2, 0) }
          // Until the others are there: all are alive at the same time.
          usleep(150_000)
          let run = ScriptedRun(plugin.host)
          for _ in 0..<20 { run.play(instance, Scripts.post()) }
          plugin.destroy(instance)
          plugin.stop()
          return (plugin.host.violations(.failure).isEmpty ? 0 : 3, 0)
        } catch { return (4, 0) }
      }
      if let child { children.append(child) }
    }
    let codes = children.map { Fork.wait(for: $0).code }
    guard let bad = codes.first(where: { $0 != 0 }) else { return }
    let what =
      switch bad {
      case 1: "start() refused"
      case 2: "config_create() refused"
      case 3: "a callback failed"
      default: "it died (\(Words.end(bad)))"
      }
    throw .failed("in \(codes.count { $0 != 0 }) of 4 worker processes at once \(what); in one alone it works")
  }

  private static func silentAfterStop(_ context: CheckContext) throws(Finding) {
    let (code, _) = Fork.run {
      do throws(Finding) {
        let (plugin, instance) = try context.startInstance()
        let run = ScriptedRun(plugin.host)
        run.play(instance, Scripts.get())
        run.play(instance, Scripts.post())
        plugin.destroy(instance)
        plugin.stop()
        plugin.host.options.exitsWhenStopped = true
        if plugin.image.mayUnload { plugin.image.close() }
        usleep(100_000)
        // What is registered for the end of the process runs as well.
        exit(0)
      } catch { return (4, 0) }
    }
    if code == 77 { throw .failed("it called the host after stop() had returned") }
    if code != 0 { throw .failed("it died after stop() had returned (\(Words.end(code)))") }
  }

  private static func inspect(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.inspects = true
    let image = try PluginImage(context.path)
    let configuration = try context.sample(image).text
    let threads = conformance_thread_count(), descriptors = conformance_descriptor_count()
    let files = Files.names(in: ".")
    let plugin = HostedPlugin(image, options)
    try plugin.mustStart()
    let instance = try plugin.mustCreate(configuration)
    if Threads.beyond(threads) > 0 { throw .failed("it started a thread though it was only inspected") }
    if conformance_descriptor_count() > descriptors { throw .failed("it opened a file though it was only inspected") }
    if Files.names(in: ".") != files { throw .failed("it made a file though it was only inspected") }
    plugin.destroy(instance)
    plugin.stop()
  }

  private static func unload(_ context: CheckContext) throws(Finding) {
    guard context.facts?.mayUnload ?? true else { throw .skipped("it does not claim TORII_FLAG_MAY_UNLOAD") }
    let path = try context.copyOfLibrary("unload-me.so")
    for round in 1...20 {
      let image = try PluginImage(path)
      guard image.mayUnload else { throw .skipped("it does not claim TORII_FLAG_MAY_UNLOAD") }
      let plugin = HostedPlugin(image)
      try plugin.mustStart()
      if let instance = plugin.create(try context.sample(image).text).instance { plugin.destroy(instance) }
      plugin.stop()
      image.close()
      if unsafe conformance_is_mapped("unload-me.so") != 0 {
        throw .failed("it claims TORII_FLAG_MAY_UNLOAD, but is still mapped after dlclose (round \(round))")
      }
    }
  }
}

/// Words for numbers.
enum Words {
  /// How a process ended.
  static func end(_ code: Int32) -> String { code > 128 ? signal(code - 128) : "exit code \(code)" }

  /// A signal's name.
  static func signal(_ number: Int32) -> String {
    switch number {
    case SIGSEGV: "SIGSEGV"
    case SIGBUS: "SIGBUS"
    case SIGABRT: "SIGABRT"
    case SIGILL: "SIGILL"
    case SIGFPE: "SIGFPE"
    case SIGTRAP: "SIGTRAP"
    case SIGKILL: "SIGKILL"
    case SIGTERM: "SIGTERM"
    case SIGXCPU: "SIGXCPU"
    case SIGXFSZ: "SIGXFSZ"
    case SIGPIPE: "SIGPIPE"
    default: "signal \(number)"
    }
  }
}
