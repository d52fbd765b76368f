/// Why a message was refused.
///
/// A refused message leaves its connection in an unknown state: answer, if it was a request, and close.
public struct HTTPError: Error, Sendable, Equatable {
  /// The status a server answers with: 400, 414, 431, 501 or 505 for a request, always 502 for a response.
  public let status: UInt16
  /// One sentence that says what is wrong with the message; holds nothing that came from it.
  public let reason: StaticString

  /// Makes an error.
  public init(status: UInt16, reason: StaticString) {
    self.status = status
    self.reason = reason
  }

  /// The same finding about a response: to the client, the gateway got an answer it can't use (RFC 9110 §15.6.3).
  var ofUpstream: HTTPError { HTTPError(status: 502, reason: reason) }

  /// Whether status and sentence are the same.
  public static func == (one: HTTPError, other: HTTPError) -> Bool {
    guard one.status == other.status, one.reason.utf8CodeUnitCount == other.reason.utf8CodeUnitCount else {
      return false
    }
    return one.reason.withUTF8Buffer { left in
      other.reason.withUTF8Buffer { right in unsafe left.elementsEqual(right) }
    }
  }
}
