import Glibc

/// Prints the estimate for each text of standard input: texts end with a zero byte.
@main
enum Estimate {
  static func main() {
    var text: [UInt8] = []
    var byte = getchar()
    while byte >= 0 {
      if byte == 0 {
        print(estimate(text))
        text.removeAll(keepingCapacity: true)
      } else {
        text.append(UInt8(truncatingIfNeeded: byte))
      }
      byte = getchar()
    }
  }

  private static func estimate(_ text: [UInt8]) -> Int {
    var counter = TokenCounter()
    // The counter takes strings as JSON has them.
    var escaped: [UInt8] = []
    for byte in text {
      switch byte {
      case UInt8(ascii: "\n"): escaped += Array(#"\n"#.utf8)
      case UInt8(ascii: "\r"): escaped += Array(#"\r"#.utf8)
      case UInt8(ascii: "\t"): escaped += Array(#"\t"#.utf8)
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): escaped += [UInt8(ascii: "\\"), byte]
      default: escaped.append(byte)
      }
    }
    counter.add(escaped: escaped.span)
    return counter.count
  }
}
