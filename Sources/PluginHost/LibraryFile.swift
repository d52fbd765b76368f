import Glibc

/// Looks at a library's file before it is loaded: the loader would crash on one that is cut short, and says little of one
/// that is for another machine. The format: System V ABI, "Object Files" (elf(5)).
enum LibraryFile {
  /// - Throws: what is wrong with it, when it cannot be loaded.
  static func check(_ path: String) throws(PluginLibraryError) {
    // A pipe without a writer is not waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw PluginLibraryError(path: path, reason: "cannot be opened: \(unsafe String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw PluginLibraryError(path: path, reason: "is no file but something else (a folder, a pipe or a device)")
    }
    let size = UInt64(max(0, facts.st_size))
    let header = read(descriptor, 0, 64)
    guard header.count >= 4, header[..<4].elementsEqual([0x7F, 0x45, 0x4C, 0x46]) else {
      throw PluginLibraryError(path: path, reason: "is no shared library (it does not begin as an ELF file does)")
    }
    guard header.count == 64 else { throw cutShort(path, size) }
    // 64-bit, little-endian, and this machine's number.
    guard header[4] == 2, header[5] == 1 else {
      throw PluginLibraryError(
        path: path, reason: "is built for another kind of machine: not 64-bit, or not little-endian")
    }
    guard number(header, 18, 2) == machine else {
      throw PluginLibraryError(
        path: path,
        reason: "is built for another kind of machine (ELF machine \(number(header, 18, 2)), not \(machine))")
    }
    let offset = number(header, 32, 8)
    let entrySize = number(header, 54, 2)
    let count = number(header, 56, 2)
    guard entrySize == 56, count <= 512 else {
      throw PluginLibraryError(path: path, reason: "has program headers that make no sense")
    }
    for index in 0..<count {
      let (place, isTooFar) = offset.addingReportingOverflow(index * entrySize)
      let entry = isTooFar ? [] : read(descriptor, place, 56)
      guard entry.count == 56 else { throw cutShort(path, size) }
      let (end, overflows) = number(entry, 8, 8).addingReportingOverflow(number(entry, 32, 8))
      // PT_LOAD: what the loader maps.
      if number(entry, 0, 4) == 1, overflows || end > size { throw cutShort(path, size) }
    }
  }

  private static var machine: UInt64 {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }

  private static func cutShort(_ path: String, _ size: UInt64) -> PluginLibraryError {
    PluginLibraryError(path: path, reason: "is cut short: \(size) bytes are not the whole library")
  }

  private static func read(_ descriptor: Int32, _ offset: UInt64, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard let offset = off_t(exactly: offset) else { return [] }
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, count, offset) }
    return Array(bytes.prefix(max(0, got)))
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<size).reversed() {
      guard bytes.indices.contains(offset + index) else { return 0 }
      value = value << 8 | UInt64(bytes[offset + index])
    }
    return value
  }
}
