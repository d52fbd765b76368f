import Glibc
import Testing

@testable import JSON

@Suite("Numbers")
struct NumberTests {
  @Test(
    "are integers when they are integral and fit, however they are spelled",
    arguments: [
      ("0", 0), ("-0", 0), ("-0.0", 0), ("0e99", 0), ("7", 7), ("-7", -7), ("1.0", 1), ("1e2", 100), ("1.5e1", 15),
      ("100e-2", 1), ("1.50e1", 15), ("-2.5E+2", -250), ("123456789012345678", 123_456_789_012_345_678),
      ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775808", nil),
      ("-9223372036854775809", nil), ("9.223372036854775807e18", Int.max), ("1e18", 1_000_000_000_000_000_000),
      ("1e19", nil), ("1e999999999999999999999", nil), ("0.5", nil), ("1e-1", nil), ("10e-1", 1),
      ("1.0000000000000000000001", nil),
      ("1.00000000000000000000000000", 1), ("0.000e5", 0), ("12345678901234567890e-1", 1_234_567_890_123_456_789),
      ("1000000000000000000", 1_000_000_000_000_000_000), ("-999999999999999999", -999_999_999_999_999_999),
      ("10000000000000000000000000e-25", 1), ("0.00001e5", 1),
    ] as [(String, Int?)])
  func integers(_ text: String, _ expected: Int?) throws {
    try JSONReader().withValue(of: Array(text.utf8)) { #expect($0.integer == expected) }
    #expect(try JSONNode(parsing: text).integer == expected)
  }

  @Test("are read into every width, and refused beyond it")
  func widths() throws {
    let node = try JSONNode(parsing: "[255,256,-1,-128,-129,18446744073709551615,18446744073709551616]")
    #expect(node.array?.map { $0.exactInteger(UInt8.self) } == [255, nil, nil, nil, nil, nil, nil])
    #expect(node.array?.map { $0.exactInteger(Int8.self) } == [nil, nil, -1, -128, nil, nil, nil])
    #expect(node.array?.map { $0.exactInteger(UInt64.self) } == [255, 256, nil, nil, nil, UInt64.max, nil])
  }

  @Test(
    "are the nearest double",
    arguments: [
      "0", "-0", "1", "0.1", "0.2", "0.30000000000000004", "1e22", "1e23", "123456789.123456789",
      "1.7976931348623157e308",
      "5e-324", "2.4703282292062327e-324", "2.2250738585072011e-308", "9007199254740993", "9007199254740992", "1e-22",
      "1e-23",
      "3.141592653589793238462643383279502884197", "12345678901234567890", "0.000001", "1.0e+2", "-12.50E-3",
      "100000000000000000000000000000000000000000000000000", "0.5000000000000000000000000000000000000000001",
    ])
  func doubles(_ text: String) throws {
    let expected = unsafe strtod(text, nil)
    try JSONReader().withValue(of: Array(text.utf8)) { value in
      #expect(value.double?.bitPattern == expected.bitPattern)
    }
  }

  @Test("too large for a double are no double")
  func overflow() throws {
    #expect(try JSONNode(parsing: "1e309").double == nil)
    #expect(try JSONNode(parsing: "-1e999999").double == nil)
    #expect(try JSONNode(parsing: "1e-999999").double == 0)
  }

  @Test("random doubles come back from their spelling")
  func randomDoubles() throws {
    var random = SeededGenerator(seed: 7)
    let reader = JSONReader()
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      try reader.withValue(of: Array(JSONNode(value).serialized())) { #expect($0.double == value) }
      let short = Double(Int32(truncatingIfNeeded: random.next())) / 1000
      try reader.withValue(of: Array(short.description.utf8)) { #expect($0.double == short) }
    }
  }

  @Test(
    "are equal by value",
    arguments: [
      ("1", "1.0", true), ("1", "10e-1", true), ("100", "1e2", true), ("-0", "0", true), ("0.10", "0.1", true),
      ("1", "-1", false), ("1", "2", false), ("1", "10", false), ("12", "1.2", false), ("0", "0e5", true),
      ("123456789012345678901234567890", "123456789012345678901234567891", false),
      ("123456789012345678901234567890", "12345678901234567890123456789e1", true), ("1.23", "123e-2", true),
      ("1e5", "1e6", false),
    ])
  func equality(_ left: String, _ right: String, _ expected: Bool) {
    #expect((JSONNode(.number(left)) == JSONNode(.number(right))) == expected)
    #expect((JSONNode(.number(right)) == JSONNode(.number(left))) == expected)
  }
}
