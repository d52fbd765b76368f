/// What a callback wants to happen next (`TORII_CONTINUE`, …).
public enum Action: Int32, Sendable {
  /// Go on; in a body phase with what was emitted in this call, or else with the piece itself.
  case `continue` = 0
  /// Stop here until the plugin resumes, or until the pause times out.
  case pause = 1
  /// Answer with what ``Request/respond(status:headers:body:)`` was given.
  case respond = 2
  /// Body phases: like ``continue``, and do not call again for more of this body.
  case done = 3
  /// Body phases: let nothing of this piece pass, beyond what was emitted.
  case hold = 4
  /// Body filter: what was emitted ends the body; the rest of it is discarded.
  case end = 5
  /// Send the request upstream once more, as ``Request/sendAgain()`` has begun. Hosts of ABI 1.1.
  case sendAgain = 6
}
