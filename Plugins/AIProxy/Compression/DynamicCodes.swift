/// The codes that a block brings along (RFC 1951 §3.2.7).
enum DynamicCodes {
  enum Outcome {
    case codes(literals: HuffmanCode, distances: HuffmanCode)
    /// Not all of it has come.
    case unfinished
    case invalid
  }

  /// The order in which the lengths of the code for lengths are given.
  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  static func read(_ reader: inout BitReader) -> Outcome {
    guard let literalCount = reader.bits(5), let distanceCount = reader.bits(5), let lengthCount = reader.bits(4) else {
      return .unfinished
    }
    guard literalCount + 257 <= 286, distanceCount + 1 <= 30 else { return .invalid }
    var lengthLengths = [Int](repeating: 0, count: order.count)
    for place in order.prefix(lengthCount + 4) {
      guard let length = reader.bits(3) else { return .unfinished }
      lengthLengths[place] = length
    }
    guard let code = HuffmanCode(lengths: lengthLengths[...]) else { return .invalid }
    return read(literalCount: literalCount + 257, distanceCount: distanceCount + 1, code, &reader)
  }

  private static func read(
    literalCount: Int, distanceCount: Int, _ code: HuffmanCode, _ reader: inout BitReader
  ) -> Outcome {
    let count = literalCount + distanceCount
    var lengths: [Int] = []
    while lengths.count < count {
      let repeated: Int
      let times: Int?
      switch code.read(from: &reader) {
      case .unfinished: return .unfinished
      case .invalid: return .invalid
      case .symbol(16):
        guard let last = lengths.last else { return .invalid }
        repeated = last
        times = reader.bits(2).map { $0 + 3 }
      case .symbol(17): (repeated, times) = (0, reader.bits(3).map { $0 + 3 })
      case .symbol(18): (repeated, times) = (0, reader.bits(7).map { $0 + 11 })
      case .symbol(let length): (repeated, times) = (length, 1)
      }
      guard let times else { return .unfinished }
      guard lengths.count + times <= count else { return .invalid }
      lengths.append(contentsOf: repeatElement(repeated, count: times))
    }
    // A block without an end has no use.
    guard lengths[256] > 0, let literals = HuffmanCode(lengths: lengths[..<literalCount]),
      let distances = HuffmanCode(lengths: lengths[literalCount...])
    else { return .invalid }
    return .codes(literals: literals, distances: distances)
  }
}
