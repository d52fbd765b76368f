/// The free slabs of one loop. Taking and giving allocate nothing once as many slabs exist as are in use at a time.
///
/// Safety: the list owns one reference to each slab in it, which `take` hands on; `nextFree` is only followed for slabs in the list.
@safe
public final class SlabPool {
  private var firstFree: Unmanaged<Slab>?
  private var freeCount = 0
  /// Large ones are used and given back within one event for the most part: few are kept.
  private var firstFreeLarge: Unmanaged<Slab>?
  private var freeLargeCount = 0
  private static let largeLimit = 4
  private let limit: Int
  private var outCount = 0

  private var largest = 0

  /// The most slabs that were out at a time since it was asked for last.
  public func takeLargest() -> Int {
    defer { largest = outCount }
    return largest
  }

  /// How many slabs are out.
  public var takenCount: Int { outCount }

  /// - Parameter limit: how many free slabs are kept; what is given back beyond that is freed.
  public init(limit: Int = 256) {
    self.limit = limit
  }

  deinit {
    while let slab = unsafe firstFree?.takeRetainedValue() { unsafe firstFree = slab.nextFree }
    while let slab = unsafe firstFreeLarge?.takeRetainedValue() { unsafe firstFreeLarge = slab.nextFree }
  }

  /// An empty slab, to be given back with `give(_:)`.
  public func take() -> Slab {
    outCount &+= 1
    if outCount > largest { largest = outCount }
    guard let slab = unsafe firstFree?.takeRetainedValue() else { return Slab() }
    unsafe firstFree = slab.nextFree
    unsafe slab.nextFree = nil
    slab.isFree = false
    freeCount &-= 1
    return slab
  }

  /// An empty slab of ``Slab/largeCapacity``, to be given back with `give(_:)`.
  public func takeLarge() -> Slab {
    outCount &+= 1
    if outCount > largest { largest = outCount }
    guard let slab = unsafe firstFreeLarge?.takeRetainedValue() else { return Slab(isLarge: true) }
    unsafe firstFreeLarge = slab.nextFree
    unsafe slab.nextFree = nil
    slab.isFree = false
    freeLargeCount &-= 1
    return slab
  }

  /// Frees all free slabs but so many, and all large ones.
  public func shrink(to count: Int) {
    while freeCount > count, let slab = unsafe firstFree?.takeRetainedValue() {
      unsafe firstFree = slab.nextFree
      unsafe slab.nextFree = nil
      freeCount &-= 1
    }
    while let slab = unsafe firstFreeLarge?.takeRetainedValue() {
      unsafe firstFreeLarge = slab.nextFree
      unsafe slab.nextFree = nil
      freeLargeCount &-= 1
    }
  }

  /// Takes a slab back; its bytes are gone and nobody may use it any more.
  public func give(_ slab: consuming Slab) {
    precondition(!slab.isFree, "a slab was given back twice")
    outCount &-= 1
    if slab.capacity > Slab.capacity {
      guard freeLargeCount < Self.largeLimit else { return }
      slab.clear()
      slab.isFree = true
      unsafe slab.nextFree = firstFreeLarge
      unsafe firstFreeLarge = Unmanaged.passRetained(slab)
      freeLargeCount &+= 1
      return
    }
    guard freeCount < limit else { return }
    slab.clear()
    slab.isFree = true
    unsafe slab.nextFree = firstFree
    unsafe firstFree = Unmanaged.passRetained(slab)
    freeCount &+= 1
  }
}
