import CConformance

/// Measures what callbacks cost, without what the host does in between.
final class Meter {
  /// What is measured: one at a time, for each disturbs the others.
  enum Quantity { case time, instructions, allocations }

  let quantity: Quantity
  /// By callback: how often it was called, and how much of the quantity it took.
  private(set) var totals: [String: (calls: Int, amount: UInt64, hostCalls: Int)] = [:]
  private let counter: Int32
  private var inside = false
  private var start: UInt64 = 0
  private var amount: UInt64 = 0
  private var hostCalls = 0
  /// What it costs to look.
  private var overhead: UInt64 = 0

  /// `nil` when the machine does not let it be measured.
  init?(_ quantity: Quantity) {
    self.quantity = quantity
    counter = quantity == .instructions ? conformance_instructions_open() : -1
    if quantity == .instructions, counter < 0 { return nil }
    if quantity == .allocations, conformance_hook_allocations() == 0 { return nil }
    guard quantity != .allocations else { return }
    overhead = UInt64.max
    for _ in 0..<2000 {
      let before = look()
      overhead = min(overhead, look() &- before)
    }
    if quantity == .instructions, overhead == 0 { return nil }
  }

  @inline(never)
  private func look() -> UInt64 {
    switch quantity {
    case .time: conformance_now()
    case .instructions: conformance_instructions_read(counter)
    case .allocations: conformance_allocations()
    }
  }

  private func takeUp() {
    if quantity == .allocations { conformance_count_allocations(1) }
    start = look()
  }

  private func putDown() {
    let now = look()
    if quantity == .allocations { conformance_count_allocations(0) }
    let took = now &- start
    amount &+= took > overhead ? took - overhead : 0
  }

  func callbackBegins() {
    amount = 0
    hostCalls = 0
    inside = true
    takeUp()
  }

  func callbackEnds(_ name: String) {
    putDown()
    inside = false
    let old = totals[name] ?? (0, 0, 0)
    totals[name] = (old.calls + 1, old.amount &+ amount, old.hostCalls + hostCalls)
  }

  func hostCallBegins() {
    guard inside else { return }
    putDown()
    hostCalls += 1
  }

  func hostCallEnds() {
    if inside { takeUp() }
  }

  func forget() { totals.removeAll() }
}
