@testable import Control

/// A file system in memory that forgets in a crash what was not brought to the disk, and can crash before any step.
final class MemoryFiles: FileOperations {
  struct Crash: Error {}

  /// What a reader sees.
  var current: [String: [UInt8]] = [:]
  /// What is on the disk.
  var durable: [String: [UInt8]] = [:]
  /// Contents that are on the disk, whatever name they have: renaming moves them.
  private var synchronized: Set<String> = []
  /// Before which step it crashes; steps count from 1.
  var crashBefore: Int?
  /// Before which step a failure is reported instead.
  var failBefore: Int?
  private(set) var steps = 0
  private(set) var log: [String] = []

  private func step(_ name: String) throws(StoreError) {
    steps += 1
    log.append(name)
    if steps == crashBefore { throw StoreError(operation: "go on", reason: "crash") }
    if steps == failBefore { throw StoreError(operation: name, reason: "No space left on device") }
  }

  /// The states in which a machine may come up again after a crash now: what was not synchronized is there, not there or half there.
  func afterCrash() -> [[String: [UInt8]]] {
    var states = [durable, current]
    // A file that took its name before its content was on the disk.
    var torn = current
    for (path, bytes) in current where !synchronized.contains(path) && durable[path] != bytes {
      torn[path] = Array(bytes.prefix(bytes.count / 2))
    }
    states.append(torn)
    return states
  }

  func makeFolder(_ path: String) throws(StoreError) { try step("makeFolder") }

  func names(in path: String) throws(StoreError) -> [String] {
    current.keys.filter { $0.hasPrefix(path + "/") }.map { String($0.dropFirst(path.count + 1)) }
  }

  func read(_ path: String) throws(StoreError) -> [UInt8]? { current[path] }

  func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    current[path] = Array(bytes.prefix(bytes.count / 2))
    synchronized.remove(path)
    try step("write")
    current[path] = bytes
  }

  func synchronize(file path: String) throws(StoreError) {
    try step("synchronize file")
    synchronized.insert(path)
  }

  func rename(_ path: String, to other: String) throws(StoreError) {
    try step("rename")
    current[other] = current.removeValue(forKey: path)
    if synchronized.remove(path) != nil { synchronized.insert(other) } else { synchronized.remove(other) }
  }

  func synchronize(folder path: String) throws(StoreError) {
    try step("synchronize folder")
    durable = current
  }
}
