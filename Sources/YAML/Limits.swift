/// What a text may ask of the reader.
enum Limits {
  /// Collections within collections, those that aliases bring in included.
  static let depth = 200
  /// What aliases may add, in units of one for each node and one for each 64 bytes of its text.
  static let aliasWeight = 1_000_000
  /// Errors reported for one text; the reader stops at the last.
  static let errors = 20
}
