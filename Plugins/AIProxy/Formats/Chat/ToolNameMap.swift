/// Tool names that an upstream would refuse, and what they are called there.
///
/// OpenAI-compatible servers take 64 letters, digits, `_` and `-`; DashScope keeps `search` for itself. Other names
/// become the first 55 of their usable characters, `_`, and eight hexadecimal digits of the name's SHA-256: the same in
/// every request, so that history, choice and definition agree and prompt caches hold, and different for different names.
struct ToolNameMap: Sendable {
  private struct Entry: Sendable {
    var upstream: [UInt8]
    /// As it stood in the request, escaped.
    var original: [UInt8]
  }

  private var entries: [Entry] = []

  /// Whether no name was changed.
  var isEmpty: Bool { entries.isEmpty }

  /// Whether a name, decoded, can go upstream as it is.
  static func isUsable(_ name: borrowing Span<UInt8>, reserved: StaticString) -> Bool {
    guard name.count >= 1, name.count <= 64 else { return false }
    for index in 0..<name.count where !isNameCharacter(name[index]) { return false }
    return reserved.utf8CodeUnitCount == 0 || !name.equals(reserved)
  }

  /// What a name that is not usable is called upstream.
  static func upstreamName(for name: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(64)
    for byte in name.prefix(55) { result.append(isNameCharacter(byte) ? byte : UInt8(ascii: "_")) }
    result.append(UInt8(ascii: "_"))
    let hash = SHA256.prefix(of: name)
    for shift in stride(from: UInt32(28), through: 0, by: -4) {
      result.append(hexadecimalDigit(UInt8(truncatingIfNeeded: hash >> shift & 0xF)))
    }
    return result
  }

  /// Notes that `original`, escaped, is called `upstream` there.
  mutating func add(upstream: [UInt8], original: [UInt8]) {
    guard !entries.contains(where: { $0.upstream == upstream }) else { return }
    entries.append(Entry(upstream: upstream, original: original))
  }

  /// Appends the client's name of the tool that the upstream calls `name`.
  func append(originalOf name: [UInt8], to output: inout [UInt8]) {
    for entry in entries where entry.upstream == name {
      output.append(contentsOf: entry.original)
      return
    }
    output.append(contentsOf: name)
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
