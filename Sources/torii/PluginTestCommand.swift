import Conformance
import Glibc

/// `torii plugin test`
enum PluginTestCommand {
  /// What was asked for.
  private struct Request {
    var options: SuiteOptions
    var inProcess: String?
    var tap = false
    var quiet = false
    var junit: String?
    var json: String?
    var badge: String?
  }

  private enum Fault: Error { case text(String) }

  static func run(_ arguments: [String]) -> Int32 {
    if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) {
      Output.line(help)
      return 0
    }
    if arguments == ["--list"] {
      for check in CheckList.all { Output.line("\(check.number)\t\(check.level)\t\(check.name)\t\(check.title)") }
      return 0
    }
    let request: Request
    do { request = try read(arguments) } catch Fault.text(let text) {
      Output.error("torii plugin test: \(text)\n\n'torii plugin test --help' tells what it takes")
      return 2
    } catch { return 2 }
    if let check = request.inProcess {
      return CheckChild.run(check, options: request.options) { Output.line($0) }
    }
    return run(request)
  }

  private static func run(_ request: Request) -> Int32 {
    let isPlain = unsafe getenv("NO_COLOR") != nil
    let colour = isatty(1) == 1 && !isPlain
    do {
      let report = try SuiteRunner(request.options).run { result in
        if !request.tap { Output.line(String(TextReport.line(result, colour: colour).dropLast())) }
      }
      if request.tap {
        Output.line(String(TAPReport.text(report).dropLast()))
      } else {
        Output.line(String(TextReport.summary(report).dropLast()))
      }
      let files = [
        (request.junit, JUnitReport.text(report)), (request.json, JSONReport.text(report)),
        (request.badge, request.badge?.hasSuffix(".svg") == true ? BadgeImage.text(report) : JSONReport.badge(report)),
      ]
      for case (let path?, let text) in files where !Files.write(Array(text.utf8), to: path) {
        Output.error("torii plugin test: \(path) cannot be written")
        return 1
      }
      return report.isGood ? 0 : 1
    } catch {
      Output.error("torii plugin test: \(error)")
      return 2
    }
  }

  private static func read(_ arguments: [String]) throws -> Request {
    var rest = arguments[...]
    var library: String?
    var request = Request(options: SuiteOptions(library: "", toolVersion: Version.gateway, abiVersion: Version.abi))
    var optOuts: String?
    request.options.seed = UInt64.random(in: 1...999_999_999)
    while let word = rest.popFirst() {
      var value: String?
      var name = word
      if word.hasPrefix("--"), let sign = word.firstIndex(of: "=") {
        name = String(word[..<sign])
        value = String(word[word.index(after: sign)...])
      }
      func next() throws -> String {
        guard let text = value ?? rest.popFirst() else { throw Fault.text("\(name) needs a value") }
        return text
      }
      switch name {
      case "--config": request.options.configurationFile = try existing(next())
      case "--level":
        guard let level = Int(try next()), (1...3).contains(level) else { throw Fault.text("--level is 1, 2 or 3") }
        request.options.level = level
      case "--only": request.options.only = try next()
      case "--skip": request.options.skip = try next()
      case "--seed":
        guard let seed = UInt64(try next()) else { throw Fault.text("--seed is a number") }
        request.options.seed = seed
      case "--jobs":
        guard let jobs = Int(try next()), (1...64).contains(jobs) else { throw Fault.text("--jobs is 1 to 64") }
        request.options.jobs = jobs
      case "--deadline":
        guard let seconds = duration(try next()) else { throw Fault.text("--deadline is a time, as 20s") }
        request.options.deadline = seconds
      case "--fuzz":
        guard let seconds = duration(try next()) else { throw Fault.text("--fuzz is a time, as 60s or 5m") }
        request.options.fuzzSeconds = seconds
      case "--tap": request.tap = true
      case "--junit": request.junit = try next()
      case "--json": request.json = try next()
      case "--badge": request.badge = try next()
      case "--opt-outs": optOuts = try existing(next())
      case "--in-process": request.inProcess = try next()
      default:
        guard !word.hasPrefix("-"), library == nil else { throw Fault.text("'\(word)' is not understood") }
        library = word
      }
    }
    guard let library else { throw Fault.text("give a library") }
    request.options.libraryAsGiven = library
    request.options.library = try existing(library)
    try readOptOuts(optOuts, &request.options)
    return request
  }

  /// `conformance.json` beside the library, unless another is named.
  private static func readOptOuts(_ given: String?, _ options: inout SuiteOptions) throws {
    let folder = options.library.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
      separator: "/")
    let file = given ?? "\(folder)/conformance.json"
    guard let bytes = Files.read(file) else {
      if given != nil { throw Fault.text("\(file) cannot be read") }
      return
    }
    do { options.optOuts = try OptOuts(bytes) } catch { throw Fault.text("\(file): \(error)") }
    options.optOutFile = file
  }

  private static func existing(_ path: String) throws -> String {
    guard let resolved = unsafe realpath(path, nil) else {
      throw Fault.text("\(path): \(unsafe String(cString: strerror(errno)))")
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// `90`, `90s`, `5m`.
  private static func duration(_ text: String) -> Double? {
    let factor: Double = text.hasSuffix("m") ? 60 : 1
    let digits = text.hasSuffix("s") || text.hasSuffix("m") ? String(text.dropLast()) : text
    guard let number = Double(digits), number > 0, number < 1_000_000 else { return nil }
    return number * factor
  }

  static let help = """
    usage: torii plugin test LIB [OPTIONS]

    Finds out whether a plugin library keeps the rules of torii/plugin.h. Each check runs in a process of its own: one
    that crashes, hangs or exits is a verdict, not the end of the run. Exit code 0 when nothing is wrong, 1 otherwise.

          --config FILE      the plugin's configuration, JSON or YAML; without it one is made from the schema
          --level 1|2|3      loadable, correct, production (default 3)
          --only RE          only the checks whose names match
          --skip RE          not the checks whose names match; no level is stated then
          --seed N           seed of everything random; a failure prints it
          --tap              TAP 13 on standard output, in place of text
          --junit FILE       JUnit XML
          --json FILE        everything, for machines
          --badge FILE       a badge: a picture for FILE.svg, else JSON for shields.io's endpoint
          --in-process NAME  one check in this process, for a debugger
          --fuzz DURATION    how long robustness.fuzz goes on, as 60s or 5m
          --jobs N           checks at a time (default 2)
          --deadline TIME    how long a check may take (default 20s)
          --opt-outs FILE    checks left out and libraries allowed, with reasons
                             (default: conformance.json beside the library)
          --list             the checks: number, level, name, rule
    """
}
