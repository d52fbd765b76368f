import CLinux
import Glibc

/// What the calls of one plugin have cost, in all workers together.
public struct PluginCalls: Sendable {
  /// One phase.
  public struct Phase: Sendable {
    /// Its name.
    public var name: String
    /// How many.
    public var calls = 0
    /// How long, together.
    public var nanoseconds = 0
    /// Bucket n counts the calls below 1024 ns times 4 to the power of n, the last one all others.
    public var buckets = [Int](repeating: 0, count: Int(CLINUX_BOARD_BUCKETS))
  }

  /// The plugin.
  public var name: String
  /// Its version.
  public var version: String
  /// What it did that the ABI does not allow.
  public var misbehaviours = 0
  /// Those in which it was called.
  public var phases: [Phase] = []
}

/// How long something took, in all workers together.
public struct Durations: Sendable {
  /// How often.
  public var count = 0
  /// Together.
  public var nanoseconds = 0
  /// As of ``PluginCalls/Phase``.
  public var buckets = [Int](repeating: 0, count: Int(CLINUX_BOARD_BUCKETS))

  mutating func add(_ counts: clinux_board_phase) {
    count += Int(clamping: counts.calls)
    nanoseconds += Int(clamping: counts.nanoseconds)
    unsafe withUnsafePointer(to: counts) { counts in
      for bucket in buckets.indices {
        buckets[bucket] += unsafe Int(clamping: clinux_board_bucket(counts, UInt32(bucket)))
      }
    }
  }
}

extension Board {
  /// How long requests took, and how long their upstreams took to answer, since the gateway was started.
  public var requestTimes: (request: Durations, upstream: Durations) {
    var times = (request: Durations(), upstream: Durations())
    for place in 0...placeCount {
      guard let part = unsafe part(place) else { continue }
      unsafe times.request.add(part.pointee.request_times)
      unsafe times.upstream.add(part.pointee.upstream_times)
    }
    return times
  }

  /// What the calls of all plugins have cost since the gateway was started, by name and version.
  public var pluginCalls: [PluginCalls] {
    var found: [PluginCalls] = []
    for place in 0...placeCount {
      guard let part = unsafe part(place) else { continue }
      for place in 0..<UInt32(CLINUX_BOARD_PLUGINS) {
        guard let plugin = unsafe clinux_board_plugin_at(part, place), unsafe plugin.pointee.is_used != 0 else {
          continue
        }
        let name = unsafe Self.text(plugin.pointee.name)
        let version = unsafe Self.text(plugin.pointee.version)
        let known = found.firstIndex { $0.name == name && $0.version == version }
        var calls = known.map { found[$0] } ?? PluginCalls(name: name, version: version)
        calls.misbehaviours += unsafe Int(clamping: plugin.pointee.misbehaviours)
        for phase in 1..<UInt32(CLINUX_BOARD_PHASES) {
          guard let counts = unsafe clinux_board_phase_at(plugin, phase), unsafe counts.pointee.calls > 0 else {
            continue
          }
          let title = Fault.phases[Int(phase)]
          if !calls.phases.contains(where: { $0.name == title }) { calls.phases.append(.init(name: title)) }
          guard let at = calls.phases.firstIndex(where: { $0.name == title }) else { continue }
          calls.phases[at].calls += unsafe Int(clamping: counts.pointee.calls)
          calls.phases[at].nanoseconds += unsafe Int(clamping: counts.pointee.nanoseconds)
          for bucket in calls.phases[at].buckets.indices {
            calls.phases[at].buckets[bucket] += unsafe Int(clamping: clinux_board_bucket(counts, UInt32(bucket)))
          }
        }
        if let known { found[known] = calls } else { found.append(calls) }
      }
    }
    return found.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
  }

  /// The file that some worker has loaded a plugin from.
  public func library(named name: String) -> String? {
    for place in 0..<placeCount {
      guard let part = unsafe part(place) else { continue }
      for place in 0..<UInt32(CLINUX_BOARD_PLUGINS) {
        guard let plugin = unsafe clinux_board_plugin_at(part, place),
          unsafe plugin.pointee.is_used == UInt32(CLINUX_BOARD_LOADED)
        else { continue }
        if unsafe Self.text(plugin.pointee.name) == name { return unsafe Self.text(plugin.pointee.library) }
      }
    }
    return nil
  }

  /// Which plugin the worker at a place is in right now.
  public func running(at place: Int) -> (plugin: String, phase: String, route: String?)? {
    guard let part = unsafe part(place), unsafe part.pointee.call.plugin != 0, let breath = lastBreath(at: place),
      !breath.plugin.isEmpty
    else { return nil }
    return (breath.plugin, breath.phase, breath.route)
  }
}
