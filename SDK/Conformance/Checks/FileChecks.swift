import CConformance
import Glibc
import JSON

/// A. The file, before any of its code runs.
enum FileChecks {
  static let all: [Check] = [
    Check(1, "file.elf", level: 1, "is a 64-bit ELF shared library for this machine") { try elf($0) },
    Check(2, "file.exports", level: 2, needs: ["file.elf"], "exports torii_plugin_entry and nothing else") {
      try exports($0)
    },
    Check(3, "file.undefined", level: 1, needs: ["file.elf"], "leaves no symbol for the host to supply") {
      try undefined($0)
    },
    Check(
      4, "file.needed", level: 2, needs: ["file.elf"],
      "needs only system and language libraries, found without absolute paths"
    ) {
      try needed($0)
    },
    Check(5, "file.hardening", level: 2, needs: ["file.elf"], "has neither an executable stack nor text relocations") {
      try hardening($0)
    },
    Check(6, "file.unique", level: 2, needs: ["file.elf"], "has no unique symbol if it may be unloaded") {
      try unique($0)
    },
    Check(7, "file.nodelete", level: 2, needs: ["file.elf"], "does not claim it may be unloaded when it cannot be") {
      try nodelete($0)
    },
    Check(8, "file.static-tls", level: 2, needs: ["file.elf"], "takes no static thread-local storage") { context in
      if try file(context).flags & 0x10 != 0 {
        throw Finding.failed(
          "DF_STATIC_TLS is set: its thread-local variables take room that a running process may not have; build it "
            + "without -ftls-model=initial-exec")
      }
    },
    Check(
      9, "file.sidecar", level: 2, needs: ["load.descriptor"],
      "its side-car file, if there is one, says what the descriptor says"
    ) {
      try sidecar($0)
    },
    Check(10, "file.build-id", level: 3, needs: ["file.elf"], "carries a build id") { context in
      if try file(context).buildID.isEmpty {
        throw Finding.failed("it has no build id, so a crash cannot be matched with its symbols: link with --build-id")
      }
    },
  ]

  private static func file(_ context: CheckContext) throws(Finding) -> ELFFile {
    guard let bytes = Files.read(context.path) else { throw .failed("\(context.path) cannot be read") }
    do { return try ELFFile(bytes) } catch { throw .failed(error.description) }
  }

  private static func elf(_ context: CheckContext) throws(Finding) {
    let file = try file(context)
    guard file.type == 3 else { throw .failed("its type is \(file.type), not ET_DYN: link it with -shared") }
    guard file.machine == ELFFile.ownMachine else {
      throw .failed("it is for machine \(file.machine), this is \(ELFFile.ownMachine)")
    }
  }

  private static func exports(_ context: CheckContext) throws(Finding) {
    // Unique symbols are another check's business.
    let exported = try file(context).symbols.filter {
      $0.section != 0 && ($0.binding == 1 || $0.binding == 2) && ($0.visibility == 0 || $0.visibility == 3)
        && $0.section != 0xFFF1
    }.map(\.name)
    guard exported.contains("torii_plugin_entry") else { throw .failed("it does not export torii_plugin_entry") }
    let others = exported.filter { $0 != "torii_plugin_entry" }
    guard others.isEmpty else {
      let shown = others.prefix(8).joined(separator: ", ")
      throw .failed(
        "it also exports \(shown)\(others.count > 8 ? " and \(others.count - 8) more" : ""): link it with a version script"
      )
    }
  }

  private static func undefined(_ context: CheckContext) throws(Finding) {
    let file = try file(context)
    let wanted = file.symbols.filter { $0.section == 0 && $0.binding == 1 }.map(\.name)
    // What it needs is loaded, it itself is not.
    let handles = unsafe file.needed.compactMap { name in unsafe dlopen(name, RTLD_LAZY | RTLD_LOCAL) }
    guard unsafe handles.count == file.needed.count else {
      context.note = "not all libraries it needs are here: what they supply cannot be told"
      return
    }
    let missing = wanted.filter { name in unsafe !handles.contains { unsafe dlsym($0, name) != nil } }
    guard missing.isEmpty else {
      throw .failed(
        "\(missing.prefix(8).joined(separator: ", ")) is in none of the libraries it needs: link it with -z defs")
    }
  }

  private static let usualLibraries = [
    "libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libutil.so", "libresolv.so", "ld-linux",
    "libgcc_s.so", "libstdc++.so", "libc++.so", "libc++abi.so", "libunwind.so", "libatomic.so", "libswift",
    "lib_Swift", "libdispatch.so", "libBlocksRuntime.so", "libFoundation", "lib_Foundation", "libmimalloc.so",
  ]

  private static func needed(_ context: CheckContext) throws(Finding) {
    let file = try file(context)
    let others = file.needed.filter { name in
      !usualLibraries.contains { name.hasPrefix($0) } && context.optOuts.libraries[name] == nil
    }
    guard others.isEmpty else {
      throw .failed(
        "it needs \(others.joined(separator: ", ")), which a gateway's machine may not have: link it in, or say why "
          + "in conformance.json under 'libraries'")
    }
    let absolute = file.runPaths.filter { !$0.hasPrefix("$ORIGIN") && !$0.hasPrefix("${ORIGIN}") }
    guard absolute.isEmpty else {
      let text = "it looks for libraries in \(absolute.joined(separator: ", ")), a place of the machine it was built on"
      // The compiler adds the place of its own runtime, which has to be somewhere.
      if file.needed.contains(where: { $0.hasPrefix("libswiftCore") }) { throw .warning(text) }
      throw .failed(text)
    }
  }

  private static func hardening(_ context: CheckContext) throws(Finding) {
    let file = try file(context)
    if file.hasExecutableStack { throw .failed("its stack is executable: link it with -z noexecstack") }
    if file.hasTextRelocations { throw .failed("it has text relocations: compile it with -fPIC") }
  }

  private static func unique(_ context: CheckContext) throws(Finding) {
    let unique = try file(context).symbols.filter { $0.binding == 10 && $0.section != 0 }.map(\.name)
    guard context.facts?.mayUnload ?? true else { throw .skipped("it does not claim TORII_FLAG_MAY_UNLOAD") }
    if !unique.isEmpty {
      throw .failed(
        "\(unique.prefix(4).joined(separator: ", ")) is unique (STB_GNU_UNIQUE), so that it can never be unloaded: "
          + "compile it with -fno-gnu-unique")
    }
  }

  private static func nodelete(_ context: CheckContext) throws(Finding) {
    let file = try file(context)
    guard context.facts?.mayUnload ?? false else { throw .skipped("it does not claim TORII_FLAG_MAY_UNLOAD") }
    if file.flags1 & 8 != 0 {
      throw .failed("it claims TORII_FLAG_MAY_UNLOAD, but was linked with -z nodelete")
    }
    if file.needed.contains(where: { $0.hasPrefix("libswiftCore") }) {
      throw .failed(
        "it claims TORII_FLAG_MAY_UNLOAD, but shares the Swift runtime, which keeps what it has seen of a library")
    }
  }

  private static func sidecar(_ context: CheckContext) throws(Finding) {
    let stem = context.path.hasSuffix(".so") ? String(context.path.dropLast(3)) : context.path
    guard let bytes = Files.read("\(stem).plugin.json") else { throw .skipped("there is no \(stem).plugin.json") }
    guard let facts = context.facts else { throw .skipped("the descriptor could not be read") }
    let document: JSONNode
    do { document = try JSONNode(parsing: bytes) } catch { throw .failed("\(stem).plugin.json: \(error)") }
    guard let members = document.members else { throw .failed("\(stem).plugin.json is no JSON object") }
    let described = facts.document
    for member in members {
      guard let own = described[member.name] else {
        throw .failed("\(stem).plugin.json has '\(member.name)', which no descriptor has")
      }
      guard own == member.value else {
        throw .failed(
          "\(stem).plugin.json says \(member.name): \(member.value), the descriptor says \(own)")
      }
    }
    for name in ["name", "version"] where document[name] == nil {
      throw .failed("\(stem).plugin.json lacks '\(name)'")
    }
  }
}
