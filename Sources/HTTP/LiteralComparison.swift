/// Whether the bytes at `bytes`, as many as `lowercased` has, spell it in any case.
///
/// `lowercased` is a literal of at least two of `a…z`, digits and `-`: the compiler turns its bytes into constants. Of
/// these only letters have the bit 0x40, and the cases of a letter differ in the bit 0x20, so a difference is let
/// pass exactly where 0x40 stands, shifted: `\r` never passes for `-`.
@inline(__always)
func spells(_ bytes: UnsafeRawPointer, _ lowercased: StaticString) -> Bool {
  // Reads stay inside the literal's length, which the caller has found equal to that of the bytes.
  let text = unsafe UnsafeRawPointer(lowercased.utf8Start)
  let count = lowercased.utf8CodeUnitCount
  if count >= 8 {
    var offset = 0
    while offset + 8 <= count {
      guard unsafe sameWord(bytes, text, at: offset, as: UInt64.self) else { return false }
      offset += 8
    }
    // The rest, together with bytes already compared.
    return unsafe sameWord(bytes, text, at: count - 8, as: UInt64.self)
  }
  if count >= 4 {
    return unsafe sameWord(bytes, text, at: 0, as: UInt32.self) && sameWord(bytes, text, at: count - 4, as: UInt32.self)
  }
  return unsafe sameWord(bytes, text, at: 0, as: UInt16.self) && sameWord(bytes, text, at: count - 2, as: UInt16.self)
}

/// Whether the two words at `offset` are the same but for the case of letters.
@inline(__always)
private func sameWord<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
  _ bytes: UnsafeRawPointer, _ text: UnsafeRawPointer, at offset: Int, as type: Word.Type
) -> Bool {
  let given = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: Word.self)
  let known = unsafe text.loadUnaligned(fromByteOffset: offset, as: Word.self)
  let letters = known & (Word.max / 0xFF &* 0x40)
  return (given ^ known) & ~(letters &>> 1) == 0
}
