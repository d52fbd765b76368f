import ToriiPlugin

/// Reads an answer byte by byte; kept between two pieces.
struct UsageReader: RequestState {
  private(set) var prompt: UInt64 = 0
  private(set) var completion: UInt64 = 0
  private(set) var isFound = false

  private enum Place { case value, string, escape }
  private enum Counted { case prompt, completion }

  private var place = Place.value
  private var counted: Counted?
  private var number: UInt64 = 0
  private var depth = 0
  /// The depth of the object `usage`; 0 outside of it.
  private var usageDepth = 0
  /// The latest string; empty when it was too long to matter. Its storage is kept.
  private var name: [UInt8] = []
  private var isNameTooLong = false

  init() {}

  mutating func read(_ byte: UInt8) {
    switch place {
    case .escape:
      place = .string
      isNameTooLong = true
    case .string: readInString(byte)
    case .value: readInValue(byte)
    }
  }

  private mutating func readInString(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\\"): place = .escape
    case UInt8(ascii: "\""), UInt8(ascii: "\n"): place = .value
    default: if name.count < 20 { name.append(byte) } else { isNameTooLong = true }
    }
  }

  private mutating func readInValue(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      if counted != nil, number < UInt32.max { number = number * 10 + UInt64(byte - 48) }
    case UInt8(ascii: "\""):
      endNumber()
      place = .string
      name.removeAll(keepingCapacity: true)
      isNameTooLong = false
    case UInt8(ascii: ":"): beginNumber()
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      counted = nil
      depth += 1
      if byte == UInt8(ascii: "{"), usageDepth == 0, isName("usage") { usageDepth = depth }
      isNameTooLong = true
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      endNumber()
      if depth == usageDepth { usageDepth = 0 }
      depth = max(0, depth - 1)
    case UInt8(ascii: ","):
      endNumber()
      isNameTooLong = true
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): break
    default: counted = nil  // null, or not JSON
    }
  }

  private func isName(_ text: StaticString) -> Bool {
    !isNameTooLong && text.withUTF8Buffer { unsafe name.elementsEqual($0) }
  }

  private mutating func beginNumber() {
    number = 0
    counted = nil
    guard usageDepth != 0, depth == usageDepth else { return }
    if isName("prompt_tokens") || isName("input_tokens") { counted = .prompt }
    if isName("completion_tokens") || isName("output_tokens") { counted = .completion }
  }

  private mutating func endNumber() {
    switch counted {
    case .prompt: prompt = number
    case .completion: completion = number
    case nil: return
    }
    counted = nil
    isFound = true
  }
}
