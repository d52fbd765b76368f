// Writes into a store until it is killed.
//
//     shared-store-writer once OPERATION    stops itself (SIGSTOP) before and after one operation
//     shared-store-writer forever SEED      operations at random; a byte on standard output after every few
//
// The store is inherited as descriptor 200.

import Glibc
import SharedStore

let arguments = CommandLine.arguments
guard arguments.count == 3, let store = try? SharedStore(descriptor: 200), let namespace = store.namespace("test")
else {
  exit(1)
}
let now: UInt64 = 1_000_000_000

func key(_ text: String) -> [UInt8] { Array(text.utf8) }

@discardableResult func put(_ name: [UInt8], _ value: [UInt8], lifetime: UInt64 = 0) -> SharedOutcome {
  var entry = SharedEntry()
  return unsafe name.withUnsafeBytes { name in
    unsafe value.withUnsafeBytes { value in
      unsafe store.put(namespace, name, value, lifetime: lifetime, now: now, &entry)
    }
  }
}

func add(_ name: [UInt8]) {
  var entry = SharedEntry()
  var sum: Int64 = 0
  _ = unsafe name.withUnsafeBytes { unsafe store.add(1, namespace, $0, lifetime: 0, now: now, &sum, &entry) }
}

/// The value that says of itself whether it is whole: its length follows from its bytes, which are all the same.
func value(_ seed: UInt8, large: Bool) -> [UInt8] {
  Array(repeating: seed, count: large ? 60000 + Int(seed) : 1 + Int(seed) * 17)
}

func once(_ operation: String) {
  let name = key("key")
  let fresh = key("fresh")
  let number = key("number")
  let new = value(200, large: false)
  // What is done for the first time takes many instructions that have nothing to do with the store.
  let warm = key("warm")
  add(warm)
  put(warm, new)
  _ = unsafe warm.withUnsafeBytes { unsafe store.remove(namespace, $0, now: now) }
  raise(SIGSTOP)
  switch operation {
  case "replace": put(name, new)
  case "insert": put(fresh, new)
  case "remove": _ = unsafe name.withUnsafeBytes { unsafe store.remove(namespace, $0, now: now) }
  case "add": add(number)
  // After what has expired: it is dropped first.
  case "expired": put(key("old"), new)
  case "get":
    var entry = SharedEntry()
    var buffer = [UInt8](repeating: 0, count: 5000)
    _ = unsafe name.withUnsafeBytes { name in
      unsafe buffer.withUnsafeMutableBytes { unsafe store.get(namespace, name, into: $0, now: now, &entry) }
    }
  default: exit(1)
  }
  raise(SIGSTOP)
}

func forever(_ seed: UInt64) -> Never {
  var state = seed
  func random(_ bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % bound
  }
  var byte: UInt8 = 0
  let numbers = [key("first"), key("second")]
  while true {
    for _ in 0..<8 {
      let name = key("key-\(random(20))")
      switch random(8) {
      case 0: _ = unsafe name.withUnsafeBytes { unsafe store.remove(namespace, $0, now: now) }
      case 1:
        add(numbers[0])
        add(numbers[1])
      case 2: put(name, value(UInt8(random(255)), large: false))
      default: put(name, value(UInt8(random(255)), large: true))
      }
    }
    guard unsafe write(1, &byte, 1) == 1 else { exit(1) }
  }
}

if arguments[1] == "once" { once(arguments[2]) } else { forever(UInt64(arguments[2]) ?? 1) }
