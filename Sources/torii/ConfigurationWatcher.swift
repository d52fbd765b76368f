import EventLoop
import Generations
import Glibc

/// Notices when the declarative file or a plugin's library has become another one (`watch`).
///
/// It looks ten times a second instead of asking the kernel to tell: that works on every file system, and a file that is
/// still being written is told from one that is whole by its staying the same from one look to the next.
final class ConfigurationWatcher {
  /// From one look to the next, in milliseconds: what has changed is seen at the first, and taken at the second.
  private static let interval: UInt64 = 100
  private let loop: EventLoop
  private let file: String?
  private let publisher: GenerationPublisher
  private let timer = CallbackTimer()
  /// As it was when the configuration was read last.
  private var known: [String: String]
  /// As it was at the last look.
  private var seen: [String: String]
  /// Called when something has changed.
  var onChange: () -> Void = {}

  init(loop: EventLoop, file: String?, publisher: GenerationPublisher) {
    self.loop = loop
    self.file = file
    self.publisher = publisher
    known = [:]
    seen = [:]
    known = look()
    seen = known
    timer.action = { [unowned self] in self.compare() }
    loop.timers.arm(timer, afterMilliseconds: Self.interval)
  }

  private func look() -> [String: String] {
    var found = publisher.catalog.watched
    if let file { found[file] = GenerationDocument.Library.at(file)?.identity ?? "" }
    return found
  }

  private func compare() {
    defer { loop.timers.arm(timer, afterMilliseconds: Self.interval) }
    let now = look()
    defer { seen = now }
    // What is gone is not to be read; it may be about to be replaced.
    let changed = now.contains { path, identity in !identity.isEmpty && known[path] != nil && known[path] != identity }
    guard changed, now == seen else {
      if known.count != now.count { known = now }
      return
    }
    known = now
    onChange()
  }
}
