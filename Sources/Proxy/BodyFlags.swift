/// `TORII_BODY_…`: the header's definitions do not import.
enum BodyFlags {
  /// Nothing follows.
  static let last: UInt32 = 1
  /// The limit of a whole body was exceeded.
  static let tooLarge: UInt32 = 2
  /// The upstream broke off.
  static let incomplete: UInt32 = 4
}
