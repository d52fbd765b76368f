// A libFuzzer target for the JSON module. It traps when something does not hold that must hold of any bytes.

/// Called by libFuzzer with each input.
#if compiler(>=6.3)
  @c(LLVMFuzzerTestOneInput)
#else
  @_cdecl("LLVMFuzzerTestOneInput")
#endif
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = unsafe UnsafeRawBufferPointer(start: start, count: count)
  unsafe checkReader(text)
  unsafe checkWriter(text)
  unsafe checkMemory(text)
  return 0
}

/// Whatever is read as a value is read as the same node, and as the same value after it was written.
private func checkReader(_ text: UnsafeRawBufferPointer) {
  // Each input is read with all lengths in one word of the tape, and with as many as can be in two.
  let short = JSONReader(maximumDepth: 32)
  let long = JSONReader(maximumDepth: 32, longestShort: 1)
  let bytes = unsafe Array(text)
  do {
    let root = unsafe try short.parse(text)
    let other = unsafe try long.parse(text)
    var writer = JSONWriter()
    var otherWriter = JSONWriter()
    walk(root, within: text.count, to: &writer)
    walk(other, within: text.count, to: &otherWriter)
    withExtendedLifetime((short, long)) {}
    precondition(writer.bytes == otherWriter.bytes)
    if let node = try? JSONNode(parsing: bytes, maximumDepth: 32) {
      // Names may repeat in values but not in nodes.
      guard let written = try? JSONNode(parsing: writer.bytes, maximumDepth: 32) else { preconditionFailure() }
      precondition(written == node)
      for isPretty in [false, true] {
        let serialized = node.serialized(pretty: isPretty, sortedKeys: isPretty)
        guard let again = try? JSONNode(parsing: serialized, maximumDepth: 32) else { preconditionFailure() }
        precondition(again == node)
      }
    }
  } catch {
    precondition(error.offset <= bytes.count && !error.message.isEmpty)
    precondition((try? JSONNode(parsing: bytes, maximumDepth: 32)) == nil)
  }
}

/// Uses every accessor of a value and all within, and writes it anew.
private func walk(_ value: JSONValue, within length: Int, to writer: inout JSONWriter) {
  let raw = unsafe value.rawText
  precondition(raw.count > 0 && value.offset + raw.count <= length)
  switch value.kind {
  case .null: writer.null()
  case .boolean: writer.boolean(value.boolean == true)
  case .number:
    if let integer = value.integer {
      guard let double = value.double else { preconditionFailure() }
      precondition(Double(integer) == double)
    }
    if let double = value.double { writeAlone(double) }
    unsafe writer.rawValue(raw)
  case .string:
    guard let string = value.string, let inside = unsafe value.rawString else { preconditionFailure() }
    var decoded: [UInt8] = []
    value.appendDecoded(to: &decoded)
    precondition(decoded.elementsEqual(string.utf8))
    precondition(unsafe decoded.withUnsafeBytes { unsafe value.equals(utf8: $0) })
    unsafe precondition(value.hasEscapes == inside.contains(UInt8(ascii: "\\")))
    writer.string(string)
  case .array:
    writer.beginArray()
    var count = 0
    for element in value.elements {
      walk(element, within: length, to: &writer)
      count += 1
    }
    precondition(count == value.count)
    writer.endArray()
  case .object:
    writer.beginObject()
    var count = 0
    for (name, member) in value.members {
      precondition(name.kind == .string)
      var decoded: [UInt8] = []
      name.appendDecoded(to: &decoded)
      unsafe decoded.withUnsafeBytes { name in
        unsafe precondition(value.member(name) != nil)
        unsafe writer.key(utf8: name)
      }
      walk(member, within: length, to: &writer)
      count += 1
    }
    precondition(count == value.count)
    _ = value["name"]
    writer.endObject()
  }
}

/// A double that is written is a number.
private func writeAlone(_ value: Double) {
  var writer = JSONWriter()
  writer.double(value)
  guard let written = try? JSONNode(parsing: writer.bytes) else { preconditionFailure() }
  // Rounding to 14 digits may pass the largest double, and nothing else.
  let read = written.double ?? value
  precondition((read - value).magnitude <= value.magnitude * 1e-13)
}

/// A reader that remembers reads as one that does not: the text it learned from, and one that differs in a byte.
private func checkMemory(_ text: UnsafeRawBufferPointer) {
  let names = ["name", "b", "a", "x"]
  let reader = JSONReader(maximumDepth: 32)
  reader.memory = JSONMemory(names: names, limit: 2, sizes: 8...4096)
  for _ in 0..<2 {
    guard let root = try? unsafe reader.parse(text) else { return }
    for (key, value) in root.members {
      if let name = key.string, names.contains(name) { reader.memory?.learn(value, named: name, in: reader) }
    }
  }
  var bytes = unsafe Array(text)
  for _ in 0..<3 {
    let plain = JSONReader(maximumDepth: 32)
    unsafe bytes.withUnsafeBytes { bytes in
      do throws(JSONSyntaxError) {
        let expected = try unsafe plain.parse(bytes)
        guard let value = try? unsafe reader.parse(bytes) else { preconditionFailure() }
        var writer = JSONWriter()
        var otherWriter = JSONWriter()
        walk(expected, within: bytes.count, to: &writer)
        walk(value, within: bytes.count, to: &otherWriter)
        withExtendedLifetime((plain, reader)) {}
        precondition(writer.bytes == otherWriter.bytes)
      } catch {
        let expected = error
        do throws(JSONSyntaxError) {
          _ = try unsafe reader.parse(bytes)
          preconditionFailure()
        } catch {
          precondition(error == expected)
        }
      }
    }
    // Which byte changes is taken from the text, so that an input always does the same.
    guard let first = bytes.first, bytes.count > 2 else { return }
    var place = Int(first)
    for byte in bytes { place = (place &* 31 &+ Int(byte)) % bytes.count }
    bytes[place] = bytes[place] ^ 1
  }
}

/// Any bytes become a string, and UTF-8 becomes the same string.
private func checkWriter(_ text: UnsafeRawBufferPointer) {
  var writer = JSONWriter()
  unsafe writer.string(utf8: text)
  guard let node = try? JSONNode(parsing: writer.bytes), let string = node.string else { preconditionFailure() }
  precondition(unsafe string.utf8.elementsEqual(String(decoding: text, as: UTF8.self).utf8))
}
