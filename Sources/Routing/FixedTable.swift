/// A table of plain values whose size is fixed when it is made.
///
/// Unlike an array it can be written through a `let`, so a class that holds one pays neither reference counting nor
/// dynamic exclusivity checks in its inner loops. Every access is bounds-checked. The pointer is owned: allocated and
/// initialized here, freed in `deinit`, and never handed out.
@safe
struct FixedTable<Element: BitwiseCopyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Element>
  let count: Int

  /// A table of `count` copies of `value`.
  init(repeating value: Element, count: Int) {
    self.count = count
    unsafe base = .allocate(capacity: max(count, 1))
    unsafe base.initialize(repeating: value, count: count)
  }

  /// A table with the elements of an array.
  init(_ elements: [Element]) {
    count = elements.count
    unsafe base = .allocate(capacity: max(elements.count, 1))
    for (index, element) in elements.enumerated() { unsafe (base + index).initialize(to: element) }
  }

  deinit { unsafe base.deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always)
    get {
      precondition(index >= 0 && index < count, "index out of range")
      return unsafe base[index]
    }
    @inline(__always)
    nonmutating set {
      precondition(index >= 0 && index < count, "index out of range")
      unsafe base[index] = newValue
    }
  }

  @inline(__always)
  subscript(index: UInt32) -> Element {
    @inline(__always)
    get { self[Int(index)] }
    @inline(__always)
    nonmutating set { self[Int(index)] = newValue }
  }

  /// A view of a run of the table's bytes; it must not outlive the table.
  @unsafe
  func view(_ start: Int, _ length: Int) -> UnsafeRawBufferPointer {
    precondition(start >= 0 && length >= 0 && length <= count - start, "range out of bounds")
    return unsafe UnsafeRawBufferPointer(UnsafeBufferPointer(start: base + start, count: length))
  }
}
