/// How far the parsing of a message head has come.
public enum ParseProgress: Sendable {
  /// The head is not complete: call again with the same bytes and more.
  case needMore
  /// The head is complete and so many bytes long; what follows is the body or the next message.
  case complete(headLength: Int)
  /// The message is refused. Asking again gives the same answer.
  case failed(HTTPError)
}
