import Glibc

/// Writes a text at once: nothing of it waits in a buffer for a reader of the other end.
func write(_ text: String, to descriptor: Int32) {
  var text = text
  text.withUTF8 { _ = unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
}

/// Says why the simulator does not start, and ends.
func fail(_ message: String) -> Never {
  write("dashscope-simulator: \(message)\n", to: STDERR_FILENO)
  exit(2)
}

/// Reads a whole file.
func contents(of path: String) -> [UInt8] {
  guard let file = unsafe fopen(path, "r") else { fail("can't read \(path)") }
  defer { _ = unsafe fclose(file) }
  var result: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe fread(&block, 1, block.count, file)
    if count == 0 { return result }
    result += block[..<count]
  }
}

let options: Options
do throws(Options.Refusal) {
  guard let parsed = try Options.parse(Array(CommandLine.arguments.dropFirst())) else {
    print(Help.text)
    exit(0)
  }
  options = parsed
} catch {
  fail("\(error.message); see --help")
}

var rules: [FaultRule] = []
if let path = options.scriptPath {
  do throws(FaultPlan.Refusal) { rules = try FaultRule.script(contents(of: path)) } catch {
    fail("\(path): \(error.message)")
  }
}

var recordFile: Int32 = -1
if let path = options.recordPath {
  recordFile = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
  if recordFile < 0 { fail("can't write \(path)") }
}

// A thousand connections need more than the usual soft limit of 1024 descriptors.
var limit = rlimit()
if unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
  limit.rlim_cur = limit.rlim_max
  _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

// The signals are blocked before any thread starts, so that only `sigwait` below takes them.
var signals = sigset_t()
_ = unsafe sigemptyset(&signals)
_ = unsafe sigaddset(&signals, SIGTERM)
_ = unsafe sigaddset(&signals, SIGINT)
_ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
_ = signal(SIGPIPE, SIG_IGN)

do throws(Listener.Failure) {
  let simulator = Simulator(options: options, rules: rules, recordFile: recordFile)
  let listener = try Listener(host: options.host, port: options.port)
  write("dashscope-simulator listening on http://\(options.host):\(listener.port)\n", to: STDOUT_FILENO)
  guard Listener.thread({ listener.run(simulator) }) else { fail("can't start a thread") }
} catch {
  fail("can't listen on \(error.message)")
}

var received: Int32 = 0
_ = unsafe sigwait(&signals, &received)
// Not `exit`: connections are still being served, and must not meet destroyed globals.
_exit(0)
