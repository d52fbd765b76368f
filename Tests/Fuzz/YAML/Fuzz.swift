import JSON
import YAML

// Any text is either read or refused with errors that lie within it; what was read is written so that it is read again.

/// Called by libFuzzer with each text it makes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer owns the bytes for the time of the call; they are copied.
  let text = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  do {
    let documents = try YAML.parseAll(text)
    for document in documents {
      let written = YAML.serialize(document)
      do {
        let again = try YAML.parse(Array(written.utf8))
        precondition(equals(document, again), "read back as something else: \(written)")
      } catch {
        preconditionFailure("not read back: \(error)\n\(written)")
      }
    }
    if documents.count <= 1 {
      do { _ = try YAML.parse(text) } catch { preconditionFailure("one document is refused: \(error)") }
    }
  } catch {
    let lines = text.count { $0 == 10 || $0 == 13 } + 1
    precondition(!error.errors.isEmpty && error.errors.count <= 20)
    for fault in error.errors {
      precondition((1...lines).contains(fault.location.line), "\(fault)")
      precondition((1...text.count + 1).contains(fault.location.column), "\(fault)")
    }
  }
  return 0
}

private func equals(_ left: JSONNode, _ right: JSONNode) -> Bool {
  switch (left.content, right.content) {
  case (.null, .null): true
  case (.boolean(let left), .boolean(let right)): left == right
  case (.number(let left), .number(let right)): left == right
  case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
  case (.array(let left), .array(let right)): left.elementsEqual(right, by: equals)
  case (.object(let left), .object(let right)):
    left.elementsEqual(right) { $0.name.utf8.elementsEqual($1.name.utf8) && equals($0.value, $1.value) }
  default: false
  }
}
