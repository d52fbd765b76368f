/// What an instance keeps for each request. It lies in memory of the request itself, so that a struct costs no
/// allocation; it is made before the instance's first callback for the request and destroyed after `log`.
///
/// At most 65,520 bytes, aligned to at most 16. A class will do as well: then the reference lies there.
public protocol RequestState {
  /// Makes the state of a request that has just met the instance.
  init()
}

/// The state of an instance that keeps none.
public struct NoRequestState: RequestState {
  /// Makes nothing.
  @inlinable public init() {}
}

extension Optional: RequestState {
  /// Makes a state that is yet to be set.
  @inlinable public init() { self = nil }
}
