/// The field lines of one section, in the order they came.
///
/// A connection keeps one table and uses it again for every message: storage grows when it must and never shrinks, so a
/// connection that has seen its largest head allocates no more. Not thread-safe.
@safe
public final class FieldTable {
  /// What changes lies behind this pointer rather than in the object: access to the properties of a class is
  /// checked for exclusivity at run time when it comes from another module.
  @usableFromInline
  let state: UnsafeMutablePointer<State>

  @unsafe
  @usableFromInline
  struct State {
    @usableFromInline var lines: UnsafeMutablePointer<FieldLine>
    @usableFromInline var capacity: Int
    @usableFromInline var count: Int
    /// One bit for each known name that was added since the table was emptied. A name whose line was overwritten keeps
    /// its bit: it only says that searching is worth it.
    @usableFromInline var names: UInt64
  }

  /// Makes an empty table with room for `capacity` lines.
  public init(capacity: Int = 32) {
    unsafe state = .allocate(capacity: 1)
    let capacity = max(capacity, 1)
    // Lines are initialized one by one, in append; those from count on are never read.
    unsafe state.initialize(to: State(lines: .allocate(capacity: capacity), capacity: capacity, count: 0, names: 0))
  }

  deinit {
    // Both are this object's own; lines are trivial and need no deinitialization.
    unsafe state.pointee.lines.deallocate()
    unsafe state.deallocate()
  }

  /// The number of lines.
  @inlinable
  public var count: Int { unsafe state.pointee.count }

  /// The line at `index`, from 0 in the order of the section. `index` must be less than ``count``.
  @inlinable
  public subscript(index: Int) -> FieldLine {
    get {
      unsafe precondition(index >= 0 && index < state.pointee.count)
      return unsafe state.pointee.lines[index]
    }
    set {
      unsafe precondition(index >= 0 && index < state.pointee.count)
      unsafe state.pointee.lines[index] = newValue
      unsafe state.pointee.names |= Self.bit(newValue.known)
    }
  }

  /// Adds a line at the end.
  @inlinable
  @inline(__always)
  public func append(_ line: FieldLine) {
    let count = unsafe state.pointee.count
    if unsafe count == state.pointee.capacity { grow() }
    // Grown, there is room for one more.
    unsafe (state.pointee.lines + count).initialize(to: line)
    unsafe state.pointee.count = count &+ 1
    unsafe state.pointee.names |= Self.bit(line.known)
  }

  /// Removes the last line, if there is one.
  @inlinable
  public func removeLast() {
    unsafe state.pointee.count = max(state.pointee.count - 1, 0)
  }

  /// Removes all lines and keeps the storage.
  @inlinable
  public func removeAll() {
    unsafe state.pointee.count = 0
    unsafe state.pointee.names = 0
  }

  /// The index of the first line named `known`, or `nil`. Cheap when there is none.
  @inlinable
  public func first(_ known: FieldName) -> Int? {
    guard unsafe state.pointee.names & Self.bit(known) != 0 else { return nil }
    return index(of: known, from: 0)
  }

  /// The index of the next line named `known` at or after `start`, or `nil`: for fields that come on several lines.
  @inlinable
  public func index(of known: FieldName, from start: Int) -> Int? {
    precondition(start >= 0)
    let count = unsafe state.pointee.count
    let lines = unsafe state.pointee.lines
    var index = start
    while index < count {
      // Below count every line is initialized.
      if unsafe lines[index].known == known { return index }
      index &+= 1
    }
    return nil
  }

  @inlinable
  @inline(__always)
  static func bit(_ known: FieldName) -> UInt64 { 1 &<< UInt64(known.rawValue) }

  /// Gives back room that the lines at hand do not need: for a message that will be kept for long.
  public func shrink() {
    let count = unsafe state.pointee.count
    let capacity = max(count, 1)
    guard unsafe capacity < state.pointee.capacity else { return }
    let lines = UnsafeMutablePointer<FieldLine>.allocate(capacity: capacity)
    unsafe lines.moveInitialize(from: state.pointee.lines, count: count)
    unsafe state.pointee.lines.deallocate()
    unsafe state.pointee.lines = lines
    unsafe state.pointee.capacity = capacity
  }

  /// Doubles the room.
  @usableFromInline
  @inline(never)
  func grow() {
    let capacity = unsafe state.pointee.capacity * 2
    let lines = UnsafeMutablePointer<FieldLine>.allocate(capacity: capacity)
    unsafe lines.moveInitialize(from: state.pointee.lines, count: state.pointee.count)
    unsafe state.pointee.lines.deallocate()
    unsafe state.pointee.lines = lines
    unsafe state.pointee.capacity = capacity
  }
}
