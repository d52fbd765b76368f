/// The free slabs of one loop. Taking and giving allocate nothing once as many slabs exist as are in use at a time.
public final class SlabPool {
  private var firstFree: Slab?
  private var freeCount = 0
  private let limit: Int

  /// How many slabs are out.
  public private(set) var takenCount = 0

  /// - Parameter limit: how many free slabs are kept; what is given back beyond that is freed.
  public init(limit: Int = 256) {
    self.limit = limit
  }

  deinit {
    // One at a time: a chain would be freed recursively.
    while let slab = firstFree {
      firstFree = slab.nextFree
      slab.nextFree = nil
    }
  }

  /// An empty slab, to be given back with `give(_:)`.
  public func take() -> Slab {
    takenCount &+= 1
    guard let slab = firstFree else { return Slab() }
    firstFree = slab.nextFree
    slab.nextFree = nil
    slab.isFree = false
    freeCount &-= 1
    return slab
  }

  /// Takes a slab back; its bytes are gone and nobody may use it any more.
  public func give(_ slab: Slab) {
    precondition(!slab.isFree, "a slab was given back twice")
    takenCount &-= 1
    guard freeCount < limit else { return }
    slab.clear()
    slab.isFree = true
    slab.nextFree = firstFree
    firstFree = slab
    freeCount &+= 1
  }
}
