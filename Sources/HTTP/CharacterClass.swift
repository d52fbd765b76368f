/// The character classes of RFC 9110 and RFC 3986 that a message is checked against.
///
/// One table of 256 entries answers all of them. It is a text literal because the compiler places those in read-only
/// memory: an array would be built at first use and checked for that on every access.
@safe
struct CharacterClass: Sendable {
  private let bit: UInt8

  /// `tchar` (RFC 9110 §5.6.2): what methods, field names and list tokens are made of.
  static var token: CharacterClass { CharacterClass(bit: 1) }
  /// What a field value may hold: VCHAR, `obs-text`, space and horizontal tab (RFC 9110 §5.5).
  static var fieldValue: CharacterClass { CharacterClass(bit: 2) }
  /// What a request target may hold: anything but controls, space, DEL and `#`. RFC 3986 allows less, but clients send
  /// `|`, `{` and bytes above 0x7F unencoded, and none of them can be mistaken for a part of the message.
  static var target: CharacterClass { CharacterClass(bit: 4) }
  /// `unreserved` and `sub-delims` (RFC 3986 §2): what a registered name is made of, percent-encoding aside.
  static var registeredName: CharacterClass { CharacterClass(bit: 8) }
  /// Hexadecimal digits.
  static var hexadecimal: CharacterClass { CharacterClass(bit: 16) }

  /// Whether `byte` belongs to the class.
  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    // The table has an entry for each value a byte can have.
    unsafe Self.table[Int(byte)] & bit != 0
  }

  /// One row for every 16 byte values; the low five bits of each letter are the classes that the value belongs to.
  private static var table: UnsafePointer<UInt8> {
    let rows: StaticString = """
      @@@@@@@@@B@@@@@@\
      @@@@@@@@@@@@@@@@\
      BOFCOGOONNOONOOF\
      __________FNFNFF\
      F______OOOOOOOOO\
      OOOOOOOOOOOFFFGO\
      G______OOOOOOOOO\
      OOOOOOOOOOOFGFO@\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF\
      FFFFFFFFFFFFFFFF
      """
    return unsafe rows.utf8Start
  }
}
