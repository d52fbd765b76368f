/// What an ELF file says of itself, read without running anything of it (System V gABI, ch. 4 and 5).
///
/// Every offset comes from the file and is checked before it is followed.
public struct ELFFile {
  /// Why a file is not taken for an ELF library.
  public struct Fault: Error, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String
  }

  /// A symbol of the dynamic table.
  public struct Symbol {
    /// Its name, without a version.
    public var name: String
    /// `STB_…`: 0 local, 1 global, 2 weak, 10 unique.
    public var binding: UInt8
    /// `STV_…`: 0 default, 3 protected.
    public var visibility: UInt8
    /// The section it is defined in; 0: undefined.
    public var section: UInt16
  }

  /// `e_type`: 3 for a shared library.
  public private(set) var type: UInt16 = 0
  /// `e_machine`: 62 for x86-64, 183 for AArch64.
  public private(set) var machine: UInt16 = 0
  /// Names of the libraries it needs.
  public private(set) var needed: [String] = []
  /// Folders that are searched for them, of `DT_RUNPATH` and `DT_RPATH`.
  public private(set) var runPaths: [String] = []
  /// `DT_FLAGS` (`DF_…`).
  public private(set) var flags: UInt64 = 0
  /// `DT_FLAGS_1` (`DF_1_…`).
  public private(set) var flags1: UInt64 = 0
  /// Whether code is written to while it is loaded.
  public private(set) var hasTextRelocations = false
  /// Whether its stack may be executed, or it does not say that it need not be.
  public private(set) var hasExecutableStack = true
  /// The dynamic symbols.
  public private(set) var symbols: [Symbol] = []
  /// The build id, empty when there is none.
  public private(set) var buildID: [UInt8] = []

  /// The machine that this was built for.
  public static var ownMachine: UInt16 {
    #if arch(x86_64)
      62
    #else
      183
    #endif
  }

  private struct Segment {
    var type: UInt32
    var flags: UInt32
    var offset: Int
    var address: Int
    var size: Int
  }

  private let bytes: [UInt8]
  private var segments: [Segment] = []

  /// Reads a file.
  public init(_ bytes: [UInt8]) throws(Fault) {
    self.bytes = bytes
    guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw Fault(description: "it is not an ELF file")
    }
    guard bytes[4] == 2 else { throw Fault(description: "it is not a 64-bit ELF file") }
    guard bytes[5] == 1 else { throw Fault(description: "it is not little-endian") }
    type = UInt16(truncatingIfNeeded: number(16, 2))
    machine = UInt16(truncatingIfNeeded: number(18, 2))
    let table = Int(clamping: number(32, 8))
    let entrySize = Int(number(54, 2)), count = Int(number(56, 2))
    guard entrySize >= 56 else { throw Fault(description: "its program headers are too small") }
    for index in 0..<count {
      let place = table &+ index &* entrySize
      guard place >= 0, place <= bytes.count - 56 else { throw Fault(description: "its program headers are cut off") }
      segments.append(
        Segment(
          type: UInt32(truncatingIfNeeded: number(place, 4)), flags: UInt32(truncatingIfNeeded: number(place + 4, 4)),
          offset: Int(clamping: number(place + 8, 8)), address: Int(clamping: number(place + 16, 8)),
          size: Int(clamping: number(place + 32, 8))))
    }
    for segment in segments {
      if segment.type == 0x6474_e551 { hasExecutableStack = segment.flags & 1 != 0 }
      if segment.type == 4 { readNotes(segment) }
    }
    guard let dynamic = segments.first(where: { $0.type == 2 }) else {
      throw Fault(description: "it has no dynamic section: it is not a shared library")
    }
    readDynamic(dynamic)
  }

  private func number(_ offset: Int, _ size: Int) -> UInt64 {
    guard offset >= 0, offset <= bytes.count - size else { return 0 }
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    return value
  }

  private func offset(ofAddress address: Int) -> Int? {
    for segment in segments where segment.type == 1 && address >= segment.address {
      let within = address &- segment.address
      if within < segment.size { return segment.offset &+ within }
    }
    return nil
  }

  private func text(_ offset: Int) -> String {
    guard offset >= 0, offset < bytes.count else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }

  private mutating func readDynamic(_ segment: Segment) {
    var entries: [(tag: UInt64, value: UInt64)] = []
    var place = segment.offset
    while place <= segment.offset &+ segment.size &- 16, place <= bytes.count - 16, place >= 0 {
      let tag = number(place, 8)
      if tag == 0 { break }
      entries.append((tag, number(place + 8, 8)))
      place += 16
    }
    func address(_ tag: UInt64) -> Int? {
      entries.first { $0.tag == tag }.flatMap { offset(ofAddress: Int(clamping: $0.value)) }
    }
    let strings = address(5) ?? bytes.count
    for (tag, value) in entries {
      switch tag {
      case 1: needed.append(text(strings &+ Int(clamping: value)))
      case 15, 29: runPaths += text(strings &+ Int(clamping: value)).split(separator: ":").map(String.init)
      case 22: hasTextRelocations = true
      case 30: flags = value
      case 0x6fff_fffb: flags1 = value
      default: break
      }
    }
    if flags & 4 != 0 { hasTextRelocations = true }
    guard let table = address(6) else { return }
    // The table's length is nowhere: it ends where the strings begin, or where the hash tables say.
    let count = symbolCount(gnuHash: address(0x6fff_fef5), hash: address(4)) ?? max(0, (strings - table) / 24)
    for index in 0..<max(count, 1) where index > 0 {
      let place = table &+ index &* 24
      guard place <= bytes.count - 24 else { break }
      let info = bytes[place + 4]
      symbols.append(
        Symbol(
          name: text(strings &+ Int(number(place, 4))), binding: info >> 4, visibility: bytes[place + 5] & 3,
          section: UInt16(truncatingIfNeeded: number(place + 6, 2))))
    }
  }

  private func symbolCount(gnuHash: Int?, hash: Int?) -> Int? {
    if let hash { return Int(number(hash + 4, 4)) }
    guard let gnuHash else { return nil }
    let buckets = Int(number(gnuHash, 4)), first = Int(number(gnuHash + 4, 4)), blooms = Int(number(gnuHash + 8, 4))
    let table = gnuHash &+ 16 &+ blooms &* 8
    var last = 0
    for index in 0..<min(buckets, bytes.count / 4) { last = max(last, Int(number(table &+ index &* 4, 4))) }
    // Nothing is exported: the symbols are all undefined, and fill the room up to the strings.
    guard last >= first else { return nil }
    let chains = table &+ buckets &* 4
    while last < bytes.count, number(chains &+ (last - first) &* 4, 4) & 1 == 0 {
      last += 1
      if chains &+ (last - first) &* 4 >= bytes.count { break }
    }
    return last + 1
  }

  private mutating func readNotes(_ segment: Segment) {
    var place = segment.offset
    while place >= 0, place <= segment.offset &+ segment.size &- 12, place <= bytes.count - 12 {
      let nameSize = Int(number(place, 4)), size = Int(number(place + 4, 4)), type = number(place + 8, 4)
      let content = place &+ 12 &+ (nameSize + 3) & ~3
      guard content >= 0, content <= bytes.count - size else { return }
      if type == 3, text(place + 12) == "GNU" { buildID = Array(bytes[content..<content + size]) }
      place = content &+ (size + 3) & ~3
    }
  }
}
