/// How the names of a Swift type's properties are spelled in JSON.
public enum JSONKeySpelling: Sendable {
  /// As in Swift.
  case asDeclared
  /// `headerName` stands as `header_name`. When decoding, a member spelled as in Swift is taken as well.
  /// Keys of dictionaries stay as they are.
  case snakeCase
}

/// `headerName` ↔ `header_name`.
enum SnakeCase {
  /// Puts an underscore before each word that begins with a capital, and writes all letters small: `headerName` becomes
  /// `header_name`, `myURLPath` becomes `my_url_path`.
  static func from(_ camelCase: String) -> String {
    let letters = Array(camelCase.utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(letters.count + 4)
    for (place, letter) in letters.enumerated() {
      guard isCapital(letter) else {
        bytes.append(letter)
        continue
      }
      let follows = place > 0 && letters[place - 1] != UInt8(ascii: "_")
      let endsWord = place > 0 && !isCapital(letters[place - 1])
      let beginsWord = place + 1 < letters.count && isSmall(letters[place + 1])
      if follows, endsWord || beginsWord { bytes.append(UInt8(ascii: "_")) }
      bytes.append(letter | 0x20)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Leaves out each underscore between words and capitalizes what follows: `header_name` becomes `headerName`.
  /// Underscores at both ends stay.
  static func toCamelCase(_ snakeCase: String) -> String {
    let letters = Array(snakeCase.utf8)
    let underscore = UInt8(ascii: "_")
    guard let first = letters.firstIndex(where: { $0 != underscore }),
      let last = letters.lastIndex(where: { $0 != underscore })
    else { return snakeCase }
    var bytes = Array(letters[..<first])
    var capitalizes = false
    for letter in letters[first...last] {
      if letter == underscore {
        capitalizes = true
      } else {
        bytes.append(capitalizes && isSmall(letter) ? letter & ~0x20 : letter)
        capitalizes = false
      }
    }
    bytes += letters[(last + 1)...]
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isCapital(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  private static func isSmall(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
}
