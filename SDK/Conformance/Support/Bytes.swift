/// Bytes at an address of their own, which stays as long as the object lives: what views are made of.
///
/// Safety: the memory is allocated here, written once, and freed with the object.
@safe final class Bytes {
  let memory: UnsafeMutablePointer<UInt8>
  let count: Int

  init(_ content: some Collection<UInt8>) {
    count = content.count
    unsafe memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(count, 1))
    var index = 0
    for byte in content {
      unsafe memory[index] = byte
      index += 1
    }
  }

  convenience init(_ text: String) { self.init(Array(text.utf8)) }

  convenience init(copying view: UnsafeRawBufferPointer) { unsafe self.init(view) }

  deinit { unsafe memory.deallocate() }

  var array: [UInt8] { unsafe Array(UnsafeBufferPointer(start: memory, count: count)) }
  var text: String { unsafe String(decoding: UnsafeBufferPointer(start: memory, count: count), as: UTF8.self) }
}
