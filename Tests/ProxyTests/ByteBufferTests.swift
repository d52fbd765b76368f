import Testing

@testable import Proxy

@Suite("ByteBuffer")
struct ByteBufferTests {
  func text(_ buffer: ByteBuffer) -> String { unsafe String(decoding: buffer.bytes, as: UTF8.self) }

  @Test("grows, and is taken from the front")
  func grows() {
    let buffer = ByteBuffer(capacity: 1)
    var expected: [UInt8] = []
    for value in 0..<10_000 {
      let byte = UInt8(truncatingIfNeeded: value)
      buffer.append(byte: byte)
      expected.append(byte)
      if value % 3 == 0 {
        buffer.consume(2)
        expected.removeFirst(min(2, expected.count))
      }
    }
    unsafe #expect(Array(buffer.bytes) == expected)
  }

  @Test("more cannot be consumed than there is, nor cut")
  func bounds() {
    let buffer = ByteBuffer()
    buffer.append("abc")
    buffer.truncate(to: 9)
    #expect(buffer.count == 3)
    buffer.consume(-1)
    #expect(buffer.count == 3)
    buffer.consume(99)
    #expect(buffer.isEmpty)
  }

  @Test(
    "room that is given back leaves what waits, from the front or not, and comes again when needed", arguments: [0, 3])
  func shrinks(consumed: Int) {
    let buffer = ByteBuffer(capacity: 4096)
    buffer.append("abcdef")
    buffer.consume(consumed)
    buffer.shrink()
    #expect(buffer.capacity == 6 - consumed)
    #expect(text(buffer) == "abcdef".dropFirst(consumed))
    buffer.append("ghi")
    #expect(text(buffer) == "abcdef".dropFirst(consumed) + "ghi")
    buffer.removeAll()
    buffer.shrink()
    buffer.append("x")
    #expect(text(buffer) == "x")
  }

  @Test("pieces may be views of the buffer itself, also when it moves")
  func aliasing() {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(Array(repeating: UInt8(ascii: "a"), count: 60))
    unsafe buffer.append(buffer.bytes, buffer.bytes)
    #expect(text(buffer) == String(repeating: "a", count: 180))
  }

  @Test("numbers", arguments: [0, 1, 9, 10, 15, 16, 255, 4096, UInt64.max])
  func numbers(value: UInt64) {
    let buffer = ByteBuffer()
    buffer.append(decimal: value)
    buffer.append(" ")
    buffer.append(hexadecimal: value)
    #expect(text(buffer) == "\(value) \(String(value, radix: 16))")
  }

  @Test("negative numbers", arguments: [-1, Int.min])
  func negative(value: Int) {
    let buffer = ByteBuffer()
    buffer.append(decimal: value)
    #expect(text(buffer) == String(value))
  }

  @Test("a pool gives emptied buffers, and keeps no large ones")
  func pool() {
    let pool = ByteBufferPool()
    let buffer = pool.take()
    buffer.append("left over")
    pool.give(buffer)
    let again = pool.take()
    #expect(again === buffer)
    #expect(again.isEmpty)
    again.reserve(ByteBuffer.keptCapacity * 2)
    pool.give(again)
    #expect(pool.take() !== again)
  }

  @Test("a pool keeps buffers that have grown for whoever needs as much, and gives them to nobody else")
  func largeBuffers() {
    let pool = ByteBufferPool()
    let small = pool.take()
    let grown = pool.take()
    grown.reserve(50_000)
    pool.give(grown)
    pool.give(small)
    #expect(pool.take() === small)
    #expect(pool.take() !== grown)
    let large = pool.take(expecting: 60_000)
    #expect(large === grown && large.isEmpty && large.capacity >= 60_000)
    #expect(pool.take(expecting: 100).capacity == 4096)
  }
}
