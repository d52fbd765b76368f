import Glibc

extension JSONValue {
  /// The bytes between the quotes of a string, escapes as they stand; `nil` for another kind.
  @inlinable public var rawString: UnsafeRawBufferPointer? {
    guard kind == .string else { return nil }
    let start = unsafe JSONTape.start(entry.pointee)
    return unsafe UnsafeRawBufferPointer(start: text + start + 1, count: JSONTape.end(entry) &- start &- 2)
  }

  /// Whether the value is a string in which a backslash stands; if not, ``rawString`` is its decoded text.
  @inlinable public var hasEscapes: Bool { unsafe kind == .string && entry.pointee & JSONTape.flag != 0 }

  /// Whether the value is a string whose decoded text is this.
  @inlinable @inline(__always)
  public func equals(_ text: StaticString) -> Bool {
    let word = unsafe entry.pointee
    let length = text.utf8CodeUnitCount
    // Kind and length in one look: most names that a value is compared with are of another length. Safe: the tape's
    // length is the text's, and the constant has as many bytes.
    if word &>> 32 == UInt64(JSONValue.Kind.string.rawValue) &<< 28 | UInt64(truncatingIfNeeded: length &+ 2) {
      return unsafe memcmp(self.text + JSONTape.start(word) + 1, text.utf8Start, length) == 0
    }
    if word & JSONTape.flag == 0, JSONTape.extent(word) != JSONTape.saturated { return false }
    return equalsDecoded(text)
  }

  @usableFromInline @inline(never)
  func equalsDecoded(_ text: StaticString) -> Bool {
    unsafe equals(utf8: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Whether the value is a string whose decoded text has these UTF-8 bytes.
  public func equals(utf8 other: UnsafeRawBufferPointer) -> Bool {
    guard let raw = unsafe rawString else { return false }
    if !hasEscapes {
      guard raw.count == other.count else { return false }
      guard let left = raw.baseAddress, let right = other.baseAddress else { return raw.count == 0 }
      return unsafe memcmp(left, right, raw.count) == 0
    }
    var pieces = unsafe JSONStringPieces(raw)
    var rest = unsafe other
    while let piece = pieces.next() {
      switch piece {
      case .run(let run):
        guard run.count <= rest.count, unsafe run.elementsEqual(rest.prefix(run.count)) else { return false }
        unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(run.count))
      case .scalar(let scalar):
        let bytes = UTF8Bytes(scalar)
        guard bytes.count <= rest.count else { return false }
        for place in 0..<bytes.count where unsafe rest[place] != bytes[place] { return false }
        unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest.dropFirst(bytes.count))
      }
    }
    return unsafe rest.isEmpty
  }

  /// A copy of a string, decoded; `nil` for another kind. A surrogate that stands alone becomes U+FFFD.
  public var string: String? {
    guard let raw = unsafe rawString else { return nil }
    if !hasEscapes { return unsafe String(decoding: raw, as: UTF8.self) }
    // Decoding never makes a string longer: an escape of two bytes gives one, one of six at most three.
    return unsafe String(unsafeUninitializedCapacity: raw.count) { buffer in
      var count = 0
      var pieces = unsafe JSONStringPieces(raw)
      while let piece = pieces.next() {
        switch piece {
        case .run(let run):
          unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]).copyMemory(
            from: run)
          count += run.count
        case .scalar(let scalar):
          let bytes = UTF8Bytes(scalar)
          for place in 0..<bytes.count { unsafe buffer[count + place] = bytes[place] }
          count += bytes.count
        }
      }
      return count
    }
  }

  /// Appends a string's decoded text as UTF-8; nothing for another kind. A surrogate that stands alone becomes U+FFFD.
  public func appendDecoded(to bytes: inout [UInt8]) {
    guard let raw = unsafe rawString else { return }
    guard hasEscapes else {
      unsafe bytes.append(contentsOf: raw)
      return
    }
    var pieces = unsafe JSONStringPieces(raw)
    while let piece = pieces.next() {
      switch piece {
      case .run(let run): unsafe bytes.append(contentsOf: run)
      case .scalar(let scalar):
        let encoded = UTF8Bytes(scalar)
        for place in 0..<encoded.count { bytes.append(encoded[place]) }
      }
    }
  }
}
