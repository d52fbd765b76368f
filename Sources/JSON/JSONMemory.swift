import Glibc

/// Large values that texts have had before. A reader that meets one again, byte for byte, takes over what it noted then and
/// does not read it again: of the requests of one conversation, most is what the one before had.
///
/// Only members of the outermost object are remembered, under the names that the memory was made for, and only what came twice:
/// what comes once costs a look. A memory serves one reader. It is not thread safe.
@safe
public final class JSONMemory {
  /// A value that is remembered.
  public final class Entry {
    let name: [UInt8]
    let text: [UInt8]
    /// The value's words, as if it began the text.
    let tape: [UInt64]
    /// What was made of the value, and under which conditions: its user's to set. Forgotten with the value.
    public var result: (condition: StaticString, text: [UInt8])?

    init(name: [UInt8], text: [UInt8], tape: [UInt64]) {
      self.name = name
      self.text = text
      self.tape = tape
    }
  }

  /// What was seen once.
  private struct Candidate {
    let name: [UInt8]
    var size = 0
    var sample: UInt64 = 0
  }

  /// How many values are remembered; the one that was learned first makes room.
  private let limit: Int
  private(set) var entries: [Entry] = []
  /// How long the names of the entries are: a bit for each length.
  private(set) var nameLengths: UInt64 = 0
  private var candidates: [Candidate]
  /// Which values of the text at hand are remembered ones, by their places on the tape.
  private var recalled: [(place: Int, entry: Entry)] = []

  /// The sizes that are remembered, in bytes: less is read faster than it is looked up.
  let sizes: ClosedRange<Int>

  /// Makes a memory for members of these names.
  public convenience init(names: [String], limit: Int = 4) {
    self.init(names: names, limit: limit, sizes: 1024...262_144)
  }

  /// Makes a memory for values of other sizes, so that tests need none so large. Values of less than eight bytes are no use.
  init(names: [String], limit: Int, sizes: ClosedRange<Int>) {
    self.limit = max(1, limit)
    self.sizes = max(8, sizes.lowerBound)...max(8, sizes.upperBound)
    candidates = names.map { Candidate(name: Array($0.utf8)) }
  }

  /// The entry that a value of the text at hand was taken from; `nil` when it was read.
  public func entry(of value: JSONValue, in reader: JSONReader) -> Entry? {
    let place = unsafe value.entry - UnsafePointer(reader.tape)
    return recalled.first { $0.place == place }?.entry
  }

  /// Remembers a value of the text at hand if it came before and is not remembered yet.
  /// - Parameter name: the name it has in the outermost object.
  public func learn(_ value: JSONValue, named name: String, in reader: JSONReader) {
    let text = unsafe value.rawText
    guard value.kind == .string || value.kind == .array || value.kind == .object, sizes.contains(text.count),
      entry(of: value, in: reader) == nil,
      let index = candidates.firstIndex(where: { $0.name.elementsEqual(name.utf8) })
    else { return }
    let sample = unsafe Self.sample(text)
    guard candidates[index].size == text.count, candidates[index].sample == sample else {
      candidates[index].size = text.count
      candidates[index].sample = sample
      return
    }
    let start = UInt64(truncatingIfNeeded: value.offset)
    let words = unsafe UnsafeBufferPointer(start: value.entry, count: JSONTape.length(value.entry))
    let tape = unsafe words.map { JSONTape.moved($0, by: 0 &- start) }
    if entries.count == limit { entries.removeFirst() }
    nameLengths |= Self.bit(candidates[index].name.count)
    entries.append(unsafe Entry(name: candidates[index].name, text: Array(text), tape: tape))
  }

  /// The bit of a length in ``nameLengths``; all that are too long have one together.
  @inline(__always)
  static func bit(_ length: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: min(length, 63)) }

  /// A few bytes from all over a text, to tell it from others of its size.
  private static func sample(_ text: UnsafeRawBufferPointer) -> UInt64 {
    var sample: UInt64 = 0
    let step = max(1, (text.count - 8) / 64)
    for offset in stride(from: 0, through: text.count - 8, by: step) {
      sample = unsafe (sample &* 0x9E37_79B9_7F4A_7C15) ^ text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    return sample
  }

  // MARK: The reader's part

  /// A text begins.
  func forgetRecalled() {
    if !recalled.isEmpty { recalled.removeAll(keepingCapacity: true) }
  }

  /// The entry for a member whose value begins with `text`.
  func entry(named name: UnsafeRawBufferPointer, at text: UnsafeRawBufferPointer) -> Entry? {
    for entry in entries {
      guard entry.name.count == name.count, entry.text.count <= text.count, let start = text.baseAddress else {
        continue
      }
      let isSame = unsafe entry.name.withUnsafeBytes {
        unsafe memcmp($0.baseAddress ?? start, name.baseAddress ?? start, name.count) == 0
      }
      guard isSame else { continue }
      let matches = unsafe entry.text.withUnsafeBytes { unsafe memcmp($0.baseAddress ?? start, start, $0.count) == 0 }
      if matches { return entry }
    }
    return nil
  }

  /// The value at a place of the tape is a remembered one.
  func recall(_ entry: Entry, at place: Int) { recalled.append((place, entry)) }
}

extension JSONTape {
  /// A word of a value that lies elsewhere in its text: every word has an offset in its lower half, and nothing else there.
  @inline(__always)
  static func moved(_ word: UInt64, by distance: UInt64) -> UInt64 {
    word & ~0xFFFF_FFFF | (word &+ distance) & 0xFFFF_FFFF
  }
}
