import CToriiPlugin

/// Header fields to send, in order: of a response of the plugin's own, or of a call-out.
///
/// ```swift
/// var headers: HeaderList = ["content-type": "application/json"]
/// headers.append("retry-after", "5")
/// ```
public struct HeaderList: ExpressibleByDictionaryLiteral, Sendable {
  private struct Place {
    var name: Range<Int>
    var value: Range<Int>
  }

  private var text: [UInt8] = []
  private var places: [Place] = []

  /// Makes an empty list.
  public init() {}

  /// Makes a list of names and values; a name may stand more than once.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }

  /// How many fields there are.
  public var count: Int { places.count }

  /// Adds a field. The host checks names and values when the list is used.
  public mutating func append(_ name: some ByteSource, _ value: some ByteSource) {
    let start = text.count
    unsafe name.withBytes { unsafe text.append(contentsOf: $0) }
    let middle = text.count
    unsafe value.withBytes { unsafe text.append(contentsOf: $0) }
    places.append(Place(name: start..<middle, value: middle..<text.count))
  }

  /// Calls `body` with the fields as the ABI has them, valid in it only.
  ///
  /// Safety: the slices point into `text`, whose ranges were recorded as it grew.
  func withHeaders<Result>(_ body: (UnsafePointer<torii_header>?, UInt32) -> Result) -> Result {
    guard !places.isEmpty else { return body(nil, 0) }
    return unsafe text.withUnsafeBytes { text in
      unsafe withUnsafeTemporaryAllocation(of: torii_header.self, capacity: places.count) { headers in
        for (place, field) in places.enumerated() {
          unsafe headers.initializeElement(
            at: place,
            to: torii_header(
              name: torii_slice(UnsafeRawBufferPointer(rebasing: text[field.name])),
              value: torii_slice(UnsafeRawBufferPointer(rebasing: text[field.value]))))
        }
        return unsafe body(headers.baseAddress, UInt32(truncatingIfNeeded: places.count))
      }
    }
  }
}
