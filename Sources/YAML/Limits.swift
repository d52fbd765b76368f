/// What a text may ask of the reader.
enum Limits {
  /// Collections within collections, those that aliases bring in included. Reading takes up to 5 KB of stack for each,
  /// so a thread that reads needs a stack of 1 MB (in debug builds, 4 MB).
  static let depth = 200
  /// What aliases may add, in units of one for each node and one for each 64 bytes of its text.
  static let aliasWeight = 1_000_000
  /// Errors reported for one text; the reader stops at the last.
  static let errors = 20
}
