extension JSONReader {
  /// Reads a text onto the tape.
  ///
  /// There is no recursion and no stack: while a container is open its second word holds the place of the one around
  /// it, and the count of that one lies in its first word.
  func buildTape(_ text: UnsafeRawBufferPointer) throws(JSONFailure) {
    guard text.count < Int(UInt32.max) else { throw JSONFailure(problem: .tooLong, offset: 0) }
    guard let base = text.baseAddress else { throw JSONFailure(problem: .valueExpected, offset: 0) }
    let count = text.count
    memory?.forgetRecalled()
    var builder = unsafe JSONTapeBuilder(reader: self, base: base, count: count, offset: ByteOrderMark.length(in: text))
    try builder.run()
  }
}

/// One reading of one text. Every access to `base` lies below `count`, every one to `tape` below `capacity`.
@safe
struct JSONTapeBuilder {
  private unowned(unsafe) let reader: JSONReader
  private let base: UnsafeRawPointer
  private let count: Int
  private var offset: Int

  private var tape: UnsafeMutablePointer<UInt64>
  private var capacity: Int
  private var used = 0
  private let longestShort: UInt64
  /// How long the names are of members of the outermost object that are remembered: a bit for each length; 0 if none is.
  private let rememberedLengths: UInt64

  /// Where the innermost open container lies on the tape; negative outside of all.
  private var open = -1
  private var openIsObject = false
  private var openCount: UInt64 = 0
  private var depth = 0

  init(reader: JSONReader, base: UnsafeRawPointer, count: Int, offset: Int) {
    unsafe self.reader = reader
    unsafe self.base = unsafe base
    self.count = count
    self.offset = offset
    unsafe tape = unsafe reader.tape
    capacity = reader.tapeCapacity
    longestShort = reader.longestShort
    rememberedLengths = reader.memory.map { count >= $0.sizes.lowerBound ? $0.nameLengths : 0 } ?? 0
  }

  /// Reads the whole text: one value and nothing else.
  mutating func run() throws(JSONFailure) {
    var expected = JSONFailure.Problem.valueExpected
    while true {
      // A value stands here.
      if rememberedLengths != 0, depth == 1, recall() {
        if try finishValue() { return }
        expected = .valueExpected
        continue
      }
      switch nextByte() {
      case UInt8(ascii: "\""):
        try string()
      case UInt8(ascii: "{"):
        try openContainer(.object)
        if nextByte() != UInt8(ascii: "}") {
          try memberName(orElse: .firstNameExpected)
          expected = .valueExpected
          continue
        }
        closeContainer()
      case UInt8(ascii: "["):
        try openContainer(.array)
        if nextByte() != UInt8(ascii: "]") {
          expected = .firstElementExpected
          continue
        }
        closeContainer()
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        try number()
      case UInt8(ascii: "t"): try literal(0x6575_7274, length: 4, .boolean, flag: true)
      case UInt8(ascii: "f"): try literal(0x6573_6C61_66, length: 5, .boolean, flag: false)
      case UInt8(ascii: "n"): try literal(0x6C6C_756E, length: 4, .null, flag: false)
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        throw JSONFailure(problem: .misspelledLiteral, offset: offset)
      default:
        throw JSONFailure(problem: expected, offset: offset)
      }
      if try finishValue() { return }
      expected = .valueExpected
    }
  }

  /// A value stands before here: closes what closes, until another value is announced. Returns whether the text is over.
  @inline(__always)
  private mutating func finishValue() throws(JSONFailure) -> Bool {
    while true {
      guard open >= 0 else {
        guard nextByte() == 0, offset == count else { throw JSONFailure(problem: .endExpected, offset: offset) }
        return true
      }
      let byte = nextByte()
      if byte == UInt8(ascii: ",") {
        offset &+= 1
        countItem()
        if openIsObject { try memberName(orElse: .nameExpected) }
        return false
      }
      guard byte == (openIsObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
        throw JSONFailure(
          problem: openIsObject ? .commaOrBraceExpected : .commaOrBracketExpected, offset: offset)
      }
      countItem()
      closeContainer()
    }
  }

  /// Takes over a member of the outermost object that is remembered; whether there was one.
  @inline(never)
  private mutating func recall() -> Bool {
    guard openIsObject, used > 0 else { return false }
    // The member's name was noted last.
    let name = unsafe tape[used &- 1]
    guard JSONTape.kind(name) == JSONValue.Kind.string.rawValue, JSONTape.extent(name) < longestShort else {
      return false
    }
    let nameStart = JSONTape.start(name) &+ 1
    let nameLength = Int(truncatingIfNeeded: JSONTape.extent(name)) &- 2
    guard nameLength >= 0, rememberedLengths & JSONMemory.bit(nameLength) != 0 else { return false }
    _ = nextByte()
    guard
      let entry = unsafe reader.memory?.entry(
        named: UnsafeRawBufferPointer(start: base + nameStart, count: nameLength),
        at: UnsafeRawBufferPointer(start: base + offset, count: count &- offset))
    else { return false }
    unsafe reader.memory?.recall(entry, at: used)
    let start = UInt64(truncatingIfNeeded: offset)
    let wanted = entry.tape.count
    while capacity &- used < wanted { grow() }
    let place = unsafe tape + used
    unsafe entry.tape.withUnsafeBufferPointer { words in
      for index in 0..<wanted { unsafe place[index] = unsafe JSONTape.moved(words[index], by: start) }
    }
    used &+= wanted
    offset &+= entry.text.count
    return true
  }

  /// The next byte that is not white space (RFC 8259 §2), not consumed; 0 at the end, where a zero byte of the text
  /// is as wrong as anything.
  @inline(__always)
  private mutating func nextByte() -> UInt8 {
    while offset < count {
      let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
      if byte > 0x20 { return byte }
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      offset &+= 1
    }
    return 0
  }

  @inline(__always)
  private mutating func append(_ word: UInt64) {
    if used == capacity { grow() }
    unsafe tape[used] = word
    used &+= 1
  }

  @inline(never)
  private mutating func grow() {
    unsafe reader.growTape(keeping: used)
    unsafe tape = unsafe reader.tape
    capacity = unsafe reader.tapeCapacity
  }

  @inline(__always)
  private mutating func appendScalar(_ kind: JSONValue.Kind, start: Int, end: Int, flag: Bool) {
    let length = UInt64(truncatingIfNeeded: end &- start)
    if length < longestShort {
      append(JSONTape.word(kind, start: start, extent: length, flag: flag))
    } else {
      append(JSONTape.word(kind, start: start, extent: JSONTape.saturated, flag: flag))
      append(UInt64(truncatingIfNeeded: end))
    }
  }

  /// Counts an element or member that ended.
  @inline(__always)
  private mutating func countItem() {
    openCount = openCount < longestShort ? openCount &+ 1 : JSONTape.saturated
  }

  @inline(__always)
  private mutating func openContainer(_ kind: JSONValue.Kind) throws(JSONFailure) {
    guard unsafe depth < reader.maximumDepth else { throw JSONFailure(problem: .tooDeep, offset: offset) }
    depth &+= 1
    if open >= 0 { unsafe tape[open] |= openCount &<< 32 }
    let place = used
    append(JSONTape.word(kind, start: offset, extent: 0, flag: false))
    append(UInt64(truncatingIfNeeded: open))
    open = place
    openIsObject = kind == .object
    openCount = 0
    offset &+= 1
  }

  @inline(__always)
  private mutating func closeContainer() {
    offset &+= 1
    depth &-= 1
    unsafe tape[open] |= openCount &<< 32
    let outer = unsafe Int(truncatingIfNeeded: tape[open &+ 1])
    unsafe tape[open &+ 1] = UInt64(truncatingIfNeeded: offset) | UInt64(truncatingIfNeeded: used &- open) &<< 32
    open = outer
    guard outer >= 0 else { return }
    let word = unsafe tape[outer]
    openIsObject = JSONTape.kind(word) == JSONValue.Kind.object.rawValue
    openCount = JSONTape.extent(word)
    unsafe tape[outer] = word & ~(JSONTape.saturated &<< 32)
  }

  @inline(__always)
  private mutating func memberName(orElse problem: JSONFailure.Problem) throws(JSONFailure) {
    guard nextByte() == UInt8(ascii: "\"") else { throw JSONFailure(problem: problem, offset: offset) }
    try string()
    guard nextByte() == UInt8(ascii: ":") else { throw JSONFailure(problem: .colonExpected, offset: offset) }
    offset &+= 1
  }

  @inline(__always)
  private mutating func string() throws(JSONFailure) {
    let start = offset
    // Names, and most values, end within 16 bytes and have no escapes.
    if let closingQuote = unsafe JSONStringScanner.closingQuote(ofShort: base, from: start &+ 1, count: count) {
      offset = closingQuote &+ 1
      append(
        JSONTape.word(.string, start: start, extent: UInt64(truncatingIfNeeded: offset &- start), flag: false))
      return
    }
    try anyString()
  }

  @inline(never)
  private mutating func anyString() throws(JSONFailure) {
    let start = offset
    let (closingQuote, hasEscapes) = unsafe try JSONStringScanner.scan(base, from: start &+ 1, count: count)
    offset = closingQuote &+ 1
    appendScalar(.string, start: start, end: offset, flag: hasEscapes)
  }

  @inline(__always)
  private mutating func number() throws(JSONFailure) {
    let start = offset
    let (end, isFractional) = unsafe try JSONNumberScanner.scan(base, from: start, count: count)
    offset = end
    appendScalar(.number, start: start, end: end, flag: isFractional)
  }

  /// `spelling` holds the word's bytes, the first in the lowest place.
  @inline(__always)
  private mutating func literal(
    _ spelling: UInt64, length: Int, _ kind: JSONValue.Kind, flag: Bool
  ) throws(JSONFailure) {
    let start = offset
    for place in 0..<length {
      guard start &+ place < count,
        unsafe base.load(fromByteOffset: start &+ place, as: UInt8.self)
          == UInt8(truncatingIfNeeded: spelling &>> UInt64(place &* 8))
      else { throw JSONFailure(problem: .misspelledLiteral, offset: start) }
    }
    offset = start &+ length
    appendScalar(kind, start: start, end: offset, flag: flag)
  }
}
