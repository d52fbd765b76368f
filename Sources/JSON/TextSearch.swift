/// Finding one text in another, byte for byte: what of the standard library's string processing the gateway and its plugins need.
/// That library comes with a parser of regular expressions, and would be 2 MB of each worker; `Package.swift` keeps it out.
/// It stands here because this is the one module that everything above has in common.
extension StringProtocol {
  /// The first place of `text`, or nil when there is none. An empty text is at the start.
  public func range(ofText text: String) -> Range<Index>? {
    let wanted = text.utf8
    guard let first = wanted.first else { return startIndex..<startIndex }
    var start = startIndex
    while let place = utf8[start...].firstIndex(of: first) {
      let rest = utf8[place...]
      if rest.starts(with: wanted) { return place..<utf8.index(place, offsetBy: wanted.count) }
      start = utf8.index(after: place)
    }
    return nil
  }

  /// Whether `text` is a part of this one.
  public func contains(text: String) -> Bool { range(ofText: text) != nil }

  /// This text with each place of `text` replaced, from its start; an empty `text` replaces nothing.
  public func replacing(text: String, with replacement: String) -> String {
    guard !text.isEmpty else { return String(self) }
    var result = ""
    var rest = self[...]
    while let range = rest.range(ofText: text) {
      result += rest[..<range.lowerBound]
      result += replacement
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
