/// Runs a program over a text, all alternatives side by side (Pike's virtual machine): each instruction is visited at
/// most once per byte, so the time is linear in the text whatever the pattern.
final class RegularExpressionMachine {
  /// The threads that wait for the next scalar, in the order of their right.
  private struct ThreadList: ~Copyable {
    /// The instructions in the list, in order.
    let dense: FixedTable<UInt32>
    /// Where in `dense` an instruction is, if it is there.
    let sparse: FixedTable<UInt32>
    /// The places each instruction's thread has recorded.
    let slots: FixedTable<Int>

    init(instructionCount: Int, slotCount: Int) {
      dense = FixedTable(repeating: 0, count: instructionCount)
      sparse = FixedTable(repeating: 0, count: instructionCount)
      slots = FixedTable(repeating: -1, count: instructionCount * slotCount)
    }

    @inline(__always)
    func insert(_ instruction: UInt32, _ count: inout Int) -> Bool {
      let place = sparse[instruction]
      if place < count, dense[place] == instruction { return false }
      sparse[instruction] = UInt32(count)
      dense[count] = instruction
      count += 1
      return true
    }
  }

  /// What one match works with; made at the first match and kept.
  private final class Scratch {
    let even: ThreadList
    let odd: ThreadList
    let stack: FixedTable<(instruction: UInt32, slot: Int32, old: Int)>
    let working: FixedTable<Int>
    let best: FixedTable<Int>

    init(instructionCount: Int, slotCount: Int) {
      even = ThreadList(instructionCount: instructionCount, slotCount: slotCount)
      odd = ThreadList(instructionCount: instructionCount, slotCount: slotCount)
      // Every instruction is explored once per place and pushes at most one entry.
      stack = FixedTable(repeating: (0, -1, 0), count: instructionCount + 1)
      working = FixedTable(repeating: -1, count: slotCount)
      best = FixedTable(repeating: -1, count: slotCount)
    }
  }

  private let instructions: FixedTable<RegularExpressionInstruction>
  private let bitmaps: FixedTable<ASCIIBitmap>
  private let sets: [RegularExpressionSet]
  private let slotCount: Int
  private var scratch: Scratch?

  init(_ program: RegularExpressionProgram) {
    instructions = FixedTable(program.instructions)
    bitmaps = FixedTable(program.sets.map { ASCIIBitmap($0) })
    sets = program.sets
    slotCount = program.captureCount * 2
  }

  func isMatch(_ text: Span<UInt8>) -> Bool {
    run(text, anchored: false, recording: 0, preparedScratch())
  }

  func search(_ text: Span<UInt8>, anchored: Bool, captures: inout RegularExpressionCaptures) -> Bool {
    let scratch = preparedScratch()
    guard run(text, anchored: anchored, recording: slotCount, scratch) else { return false }
    captures.slots.removeAll(keepingCapacity: true)
    for slot in 0..<slotCount { captures.slots.append(scratch.best[slot]) }
    return true
  }

  private func preparedScratch() -> Scratch {
    if let scratch { return scratch }
    let new = Scratch(instructionCount: instructions.count, slotCount: slotCount)
    scratch = new
    return new
  }

  /// - Parameter slotCount: How many places to record: 0 (then the first match found ends the run) or all.
  private func run(_ text: Span<UInt8>, anchored: Bool, recording slotCount: Int, _ scratch: Scratch) -> Bool {
    var currentCount = 0
    var nextCount = 0
    var isSwapped = false
    var isMatched = false
    var offset = 0
    while true {
      let (scalar, length) = offset < text.count ? UTF8Decoding.decode(text, at: offset) : (UTF8Decoding.invalid, 1)
      if !isMatched, offset == 0 || !anchored {
        for slot in 0..<slotCount { scratch.working[slot] = -1 }
        if slotCount > 0 { scratch.working[0] = offset }
        if isSwapped {
          follow(0, text, offset, scratch, scratch.odd, &currentCount, slotCount)
        } else {
          follow(0, text, offset, scratch, scratch.even, &currentCount, slotCount)
        }
      }
      if currentCount == 0 { return isMatched }
      let found: Bool
      if isSwapped {
        found = step(
          text, offset, scalar, length, scratch, scratch.odd, currentCount, scratch.even, &nextCount, slotCount)
      } else {
        found = step(
          text, offset, scalar, length, scratch, scratch.even, currentCount, scratch.odd, &nextCount, slotCount)
      }
      if found {
        isMatched = true
        if slotCount == 0 { return true }
      }
      if offset >= text.count { return isMatched }
      offset += length
      isSwapped.toggle()
      currentCount = nextCount
      nextCount = 0
    }
  }

  /// Takes every thread over one scalar. Returns whether one matched; those of less right are then dropped.
  private func step(
    _ text: Span<UInt8>, _ offset: Int, _ scalar: UInt32, _ length: Int, _ scratch: Scratch,
    _ current: borrowing ThreadList, _ currentCount: Int, _ next: borrowing ThreadList, _ nextCount: inout Int,
    _ slotCount: Int
  ) -> Bool {
    for index in 0..<currentCount {
      let place = current.dense[index]
      let instruction = instructions[place]
      let advances: Bool
      switch instruction.operation {
      case .scalar: advances = instruction.first == scalar
      case .set: advances = has(instruction.first, scalar)
      case .any: advances = scalar != UTF8Decoding.invalid
      case .anyExceptNewline: advances = scalar != UTF8Decoding.invalid && scalar != 0x0a
      case .match:
        let base = Int(place) * slotCount
        for slot in 0..<slotCount { scratch.best[slot] = current.slots[base + slot] }
        if slotCount > 1 { scratch.best[1] = offset }
        return true
      case .split, .jump, .save, .assertion: continue
      }
      guard advances else { continue }
      let base = Int(place) * slotCount
      for slot in 0..<slotCount { scratch.working[slot] = current.slots[base + slot] }
      follow(place + 1, text, offset + length, scratch, next, &nextCount, slotCount)
    }
    return false
  }

  @inline(__always)
  private func has(_ set: UInt32, _ scalar: UInt32) -> Bool {
    if scalar < 128 { return bitmaps[set].contains(scalar) }
    return scalar != UTF8Decoding.invalid && sets[Int(set)].contains(scalar)
  }

  /// Adds the threads that an instruction leads to without consuming text, in the order of their right.
  private func follow(
    _ start: UInt32, _ text: Span<UInt8>, _ offset: Int, _ scratch: Scratch, _ list: borrowing ThreadList,
    _ count: inout Int, _ slotCount: Int
  ) {
    var place = start
    var pending = 0
    while true {
      var goesOn = list.insert(place, &count)
      if goesOn {
        let instruction = instructions[place]
        switch instruction.operation {
        case .jump: place = instruction.first
        case .split:
          scratch.stack[pending] = (instruction.second, -1, 0)
          pending += 1
          place = instruction.first
        case .save:
          let slot = Int(instruction.first)
          if slot < slotCount {
            // Undone when the ways of more right have been followed.
            scratch.stack[pending] = (0, Int32(slot), scratch.working[slot])
            pending += 1
            scratch.working[slot] = offset
          }
          place += 1
        case .assertion:
          goesOn = holds(instruction.first, text, offset)
          place += 1
        case .scalar, .set, .any, .anyExceptNewline, .match:
          let base = Int(place) * slotCount
          for slot in 0..<slotCount { list.slots[base + slot] = scratch.working[slot] }
          goesOn = false
        }
      }
      while !goesOn {
        if pending == 0 { return }
        pending -= 1
        let entry = scratch.stack[pending]
        if entry.slot >= 0 {
          scratch.working[Int(entry.slot)] = entry.old
        } else {
          place = entry.instruction
          goesOn = true
        }
      }
    }
  }

  private func holds(_ rawAssertion: UInt32, _ text: Span<UInt8>, _ offset: Int) -> Bool {
    guard let assertion = RegularExpressionAssertion(rawValue: rawAssertion) else { return false }
    switch assertion {
    case .textStart: return offset == 0
    case .textEnd: return offset == text.count
    case .lineStart: return offset == 0 || text[offset - 1] == 0x0a
    case .lineEnd: return offset == text.count || text[offset] == 0x0a
    case .wordBoundary: return wordIsBefore(text, offset) != wordIsAfter(text, offset)
    case .notWordBoundary: return wordIsBefore(text, offset) == wordIsAfter(text, offset)
    case .wordStart: return !wordIsBefore(text, offset) && wordIsAfter(text, offset)
    case .wordEnd: return wordIsBefore(text, offset) && !wordIsAfter(text, offset)
    }
  }

  private func wordIsBefore(_ text: Span<UInt8>, _ offset: Int) -> Bool {
    UnicodeFacts.isWord(UTF8Decoding.decodeBackwards(text, before: offset))
  }

  private func wordIsAfter(_ text: Span<UInt8>, _ offset: Int) -> Bool {
    offset < text.count && UnicodeFacts.isWord(UTF8Decoding.decode(text, at: offset).scalar)
  }
}
