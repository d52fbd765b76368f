/// The tool calls of one answer, put together from pieces.
///
/// Servers differ in how they mark which call a piece belongs to; ``slot(position:identifier:name:)`` holds the rules.
struct ToolCallTable {
  /// One call.
  struct Call {
    /// The upstream's index, if it gave one.
    var position: Int?
    /// The upstream's id, or one made here; escaped as in JSON.
    var identifier: [UInt8]
    /// The function's name as the upstream gave it, escaped as in JSON; empty until it came.
    var name: [UInt8]
    /// Arguments that were not passed on yet, escaped.
    var arguments: [UInt8] = []
    var scanner = ArgumentsScanner()
    /// Whether any arguments were passed on.
    var hasArguments = false
    var state = State.waiting
  }

  /// How far a call has got on its way to the client.
  enum State {
    /// Its block was not begun.
    case waiting
    /// Its block is open: further arguments go straight through.
    case open
    /// Its block was ended.
    case closed
  }

  private(set) var calls: [Call] = []

  /// Calls beyond this number are dropped, so that an upstream cannot fill the memory with empty ones.
  static let limit = 1024

  subscript(index: Int) -> Call {
    get { calls[index] }
    _modify { yield &calls[index] }
  }

  var count: Int { calls.count }
  var isEmpty: Bool { calls.isEmpty }

  /// The call that a piece belongs to, a new one if need be, with the id and name it brings.
  ///
  /// - The piece's index decides, unless it brings an id other than the known one together with a name: then the
  ///   server uses an index again for a new call. A known id on an unknown index, without a name, continues its call.
  /// - Without an index the id decides; without either, a name begins a new call unless the last one has none, and
  ///   anything else continues the last one.
  /// - Ids and names that are known are never overwritten.
  ///
  /// - Returns: its place in the table, or `nil` when there are too many.
  mutating func slot(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>
  ) -> Int? {
    if let known = find(position: position, identifier: identifier, name: name) {
      if calls[known].identifier.isEmpty, !identifier.isEmpty, !isTaken(identifier) {
        calls[known].identifier.append(identifier)
      }
      if calls[known].name.isEmpty { calls[known].name.append(name) }
      return known
    }
    guard calls.count < Self.limit else { return nil }
    var call = Call(position: position, identifier: [], name: [])
    // An id that another call has already is not one: the client matches results by it.
    if !isTaken(identifier) { call.identifier.append(identifier) }
    call.name.append(name)
    calls.append(call)
    return calls.count - 1
  }

  /// Forgets everything, keeping memory.
  mutating func removeAll() {
    calls.removeAll(keepingCapacity: true)
  }

  private func find(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>
  ) -> Int? {
    guard let position else {
      if !identifier.isEmpty { return find(identifier: identifier) ?? unnamedLast(identifier) }
      guard let last = calls.indices.last else { return nil }
      return name.isEmpty || calls[last].name.isEmpty ? last : nil
    }
    if let known = calls.lastIndex(where: { $0.position == position }) {
      let isOther =
        !identifier.isEmpty && !name.isEmpty && !calls[known].identifier.isEmpty
        && !identifier.equals(calls[known].identifier)
      return isOther ? nil : known
    }
    if !identifier.isEmpty, name.isEmpty { return find(identifier: identifier) }
    return nil
  }

  private func find(identifier: borrowing Span<UInt8>) -> Int? {
    for index in calls.indices.reversed() where identifier.equals(calls[index].identifier) { return index }
    return nil
  }

  /// The last call if it has neither id nor name: a piece with an id is about it.
  private func unnamedLast(_ identifier: borrowing Span<UInt8>) -> Int? {
    guard let last = calls.indices.last, calls[last].identifier.isEmpty, calls[last].name.isEmpty else { return nil }
    return last
  }

  private func isTaken(_ identifier: borrowing Span<UInt8>) -> Bool {
    !identifier.isEmpty && find(identifier: identifier) != nil
  }
}
