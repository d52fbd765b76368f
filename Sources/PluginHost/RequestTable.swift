import CToriiPlugin

/// The living requests by id. An id is a slot's number and the slot's generation, so that the id of a request that has
/// ended is told from that of the one now in its place.
public final class RequestTable {
  private struct Slot {
    var generation: UInt32 = 1
    unowned(unsafe) var request: (any HostedRequest)?
    var nextFree: UInt32 = .max
  }

  private var slots: [Slot] = []
  private var firstFree: UInt32 = .max
  /// How many requests live.
  public private(set) var count = 0

  /// Makes an empty table.
  public init() {}

  /// Gives the request an id. The table does not retain it: ``remove(_:)`` must come before it goes.
  public func add(_ request: any HostedRequest) {
    let index: UInt32
    if firstFree != .max {
      index = firstFree
      firstFree = slots[Int(index)].nextFree
    } else {
      index = UInt32(truncatingIfNeeded: slots.count)
      slots.append(Slot())
    }
    unsafe slots[Int(index)].request = request
    request.id = UInt64(slots[Int(index)].generation) << 32 | UInt64(index)
    count += 1
  }

  /// Ends the request's id.
  public func remove(_ request: any HostedRequest) {
    let index = Int(truncatingIfNeeded: request.id & 0xFFFF_FFFF)
    guard request.id != 0, index < slots.count, unsafe slots[index].request === request else { return }
    unsafe slots[index].request = nil
    slots[index].generation &+= 1
    // Generation 0 never exists, so that no id is 0.
    if slots[index].generation == 0 { slots[index].generation = 1 }
    slots[index].nextFree = firstFree
    firstFree = UInt32(truncatingIfNeeded: index)
    request.id = 0
    count -= 1
  }

  /// The request of an id, or `nil` when it has ended.
  @inline(__always)
  public func request(_ id: torii_request_id) -> (any HostedRequest)? {
    let index = Int(truncatingIfNeeded: id & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].generation == UInt32(truncatingIfNeeded: id >> 32) else { return nil }
    return unsafe slots[index].request
  }

  /// Calls `body` for each living request.
  public func forEach(_ body: (any HostedRequest) -> Void) {
    for index in slots.indices {
      if let request = unsafe slots[index].request { body(request) }
    }
  }
}
