import Glibc

extension StaticString {
  /// Whether both have the same text.
  func hasSameText(as other: StaticString) -> Bool {
    // Safe: constants live as long as the process, and both have as many bytes.
    unsafe utf8CodeUnitCount == other.utf8CodeUnitCount && memcmp(utf8Start, other.utf8Start, utf8CodeUnitCount) == 0
  }
}
