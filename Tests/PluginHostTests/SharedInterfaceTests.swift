import CToriiPlugin
import Glibc
import SharedStore
import Testing

@testable import PluginHost

@Suite("torii.shared/1 as plugins call it")
struct SharedInterfaceTests {
  let runtime = PluginRuntime(version: "0")
  let descriptor: Int32

  init() throws {
    descriptor = try SharedStore.create(bytes: 1 << 20)
    runtime.shared.use(try SharedStore(descriptor: descriptor))
    runtime.shared.begin(1, plugin: "one")
    runtime.shared.begin(2, plugin: "one")
    runtime.shared.begin(3, plugin: "another")
  }

  private var context: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(runtime).toOpaque() }

  private func entry() -> torii_shared_entry {
    torii_shared_entry(
      struct_size: UInt32(MemoryLayout<torii_shared_entry>.size), reserved: 0, size: 99, revision: 99, expires: 99)
  }

  private func put(
    _ instance: torii_instance_id, _ key: [UInt8], _ value: [UInt8], lifetime: UInt64 = 0, expected: UInt64? = nil,
    _ entry: inout torii_shared_entry
  ) -> torii_status {
    unsafe key.withUnsafeBufferPointer { key in
      unsafe value.withUnsafeBufferPointer { value in
        let key = unsafe torii_slice(data: key.baseAddress, size: key.count)
        let value = unsafe torii_slice(data: value.baseAddress, size: value.count)
        guard var expected else {
          return unsafe SharedInterface.table.put(context, instance, key, value, lifetime, nil, &entry)
        }
        return unsafe SharedInterface.table.put(context, instance, key, value, lifetime, &expected, &entry)
      }
    }
  }

  private func get(
    _ instance: torii_instance_id, _ key: [UInt8], capacity: Int = 100, _ entry: inout torii_shared_entry
  ) -> (status: torii_status, value: [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: capacity)
    let status = unsafe key.withUnsafeBufferPointer { key in
      unsafe SharedInterface.table.get(
        context, instance, torii_slice(data: key.baseAddress, size: key.count), &buffer, capacity, &entry)
    }
    return (status, status == TORII_OK ? Array(buffer.prefix(Int(entry.size))) : [])
  }

  @Test("instances of one plugin have the same keys, those of another have others")
  func namespaces() {
    var known = entry()
    #expect(put(1, [7], [1, 2, 3], &known) == TORII_OK)
    #expect(known.size == 3 && known.revision != 0 && known.expires == 0)
    #expect(get(2, [7], &known) == (TORII_OK, [1, 2, 3]))
    #expect(get(3, [7], &known) == (TORII_E_NOT_FOUND, []))
    #expect(known.size == 0 && known.revision == 0 && known.expires == 0)
  }

  @Test("an instance that is gone, or never was, has no keys")
  func unknownInstance() {
    var known = entry()
    #expect(put(4, [7], [1], &known) == TORII_E_INVALID)
    runtime.shared.end(1)
    #expect(put(1, [7], [1], &known) == TORII_E_INVALID)
    // 0 is for start() only.
    #expect(put(0, [7], [1], &known) == TORII_E_INVALID)
    #expect(put(2, [7], [1], &known) == TORII_OK)
  }

  @Test("without a store every function says so")
  func noStore() {
    let bare = PluginRuntime(version: "0", inspecting: true)
    bare.shared.begin(1, plugin: "one")
    let context = unsafe Unmanaged.passUnretained(bare).toOpaque()
    let key = unsafe torii_slice(data: nil, size: 0)
    let table = SharedInterface.table
    #expect(unsafe table.get(context, 1, key, nil, 0, nil) == TORII_E_UNSUPPORTED)
    #expect(unsafe table.put(context, 1, key, key, 0, nil, nil) == TORII_E_UNSUPPORTED)
    #expect(unsafe table.remove(context, 1, key, nil) == TORII_E_UNSUPPORTED)
    #expect(unsafe table.add(context, 1, key, 1, 0, nil, nil) == TORII_E_UNSUPPORTED)
  }

  @Test("expected: none, one, or any")
  func expected() {
    var known = entry()
    #expect(put(1, [7], [1], expected: 0, &known) == TORII_OK)
    let first = known.revision
    #expect(put(1, [7], [2], expected: 0, &known) == TORII_E_STALE)
    #expect(known.revision == first)
    #expect(put(1, [7], [2], expected: first, &known) == TORII_OK)
    #expect(put(1, [7], [3], &known) == TORII_OK)
    #expect(get(1, [7], &known) == (TORII_OK, [3]))
  }

  @Test("a lifetime is told as an end on the host's clock")
  func lifetime() {
    var known = entry()
    let before = unsafe runtime.interfaces.host.pointee.monotonic_time(nil)
    #expect(put(1, [7], [1], lifetime: 60_000, &known) == TORII_OK)
    let after = unsafe runtime.interfaces.host.pointee.monotonic_time(nil)
    #expect((before + 60_000_000_000...after + 60_000_000_000).contains(known.expires))
  }

  @Test("a struct or a buffer that cannot be written is refused, and a buffer that is too small is told the size")
  func arguments() {
    var known = entry()
    #expect(put(1, [7], [1, 2, 3], &known) == TORII_OK)
    #expect(get(1, [7], capacity: 2, &known).status == TORII_E_LIMIT)
    #expect(known.size == 3)
    known.struct_size = 16
    #expect(get(1, [7], &known).status == TORII_E_INVALID)
    var byte: UInt8 = 7
    unsafe withUnsafePointer(to: &byte) { byte in
      let key = unsafe torii_slice(data: byte, size: 1)
      #expect(unsafe SharedInterface.table.get(context, 1, key, nil, 5, nil) == TORII_E_INVALID)
      #expect(unsafe SharedInterface.table.get(context, 1, key, nil, 0, nil) == TORII_E_LIMIT)
      var sum: Int64 = 5
      #expect(unsafe SharedInterface.table.add(context, 1, key, 1, 0, &sum, nil) == TORII_E_INVALID)
      #expect(sum == 5)
      #expect(unsafe SharedInterface.table.remove(context, 1, key, nil) == TORII_OK)
      #expect(unsafe SharedInterface.table.remove(context, 1, key, nil) == TORII_E_NOT_FOUND)
      #expect(unsafe SharedInterface.table.add(context, 2, key, 3, 0, &sum, nil) == TORII_OK)
      #expect(unsafe SharedInterface.table.add(context, 1, key, 3, 0, &sum, nil) == TORII_OK)
      #expect(sum == 6)
    }
  }
}
