/// Something a plugin did that the ABI does not allow. The host goes on; which of them matter is for the check to say.
struct Violation {
  /// What kind of rule it breaks.
  enum Kind: Equatable {
    /// A [worker] function called from another thread.
    case thread
    /// A value that is no action of this phase.
    case action
    /// RESPOND without respond(), or a response that cannot be.
    case response
    /// CR, LF or NUL, or no token, where a field goes.
    case injection
    /// A field that frames the message or belongs to the connection.
    case framing
    /// An argument that is out of range or malformed.
    case argument
    /// emit() on a body that is only observed.
    case observed
    /// emit() after the body has been ended.
    case ended
    /// A call after stop().
    case stopped
    /// An operation started when the request is known to be over.
    case aborted
    /// A pause that nothing ended.
    case pause
    /// A pause that nothing ended, after an operation was cancelled.
    case pauseAfterCancel
    /// The callback failed.
    case failure
    /// It took too long.
    case slow
  }

  var kind: Kind
  var text: String
}
