/// A request method (RFC 9110 §9). Methods are case-sensitive: `get` is ``other``.
public enum Method: UInt8, Sendable {
  /// `GET`
  case get
  /// `HEAD`
  case head
  /// `POST`
  case post
  /// `PUT`
  case put
  /// `DELETE`
  case delete
  /// `CONNECT`
  case connect
  /// `OPTIONS`
  case options
  /// `TRACE`
  case trace
  /// `PATCH` (RFC 5789)
  case patch
  /// Any other token.
  case other

  /// The method that `name` spells.
  public init(_ name: UnsafeRawBufferPointer) {
    guard name.count <= 7 else {
      self = .other
      return
    }
    // The bytes as one number, first byte highest.
    var word: UInt64 = 0
    var index = 0
    while index < name.count {
      unsafe word = word << 8 | UInt64(name[index])
      index &+= 1
    }
    self =
      switch word {
      case 0x47_4554: .get
      case 0x4845_4144: .head
      case 0x504F_5354: .post
      case 0x50_5554: .put
      case 0x4445_4C45_5445: .delete
      case 0x43_4F4E_4E45_4354: .connect
      case 0x4F_5054_494F_4E53: .options
      case 0x54_5241_4345: .trace
      case 0x50_4154_4348: .patch
      default: .other
      }
  }
}
