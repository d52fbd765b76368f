import HTTP

/// Which of the new requests begin with a generation that is tried out.
public struct CanaryShare: Sendable {
  /// How many of 10,000.
  public var perTenThousand: Int
  /// All that have this header field, in lower case, with this value; any value when it is empty.
  public var header: (name: [UInt8], value: [UInt8])?

  /// Makes a share.
  public init(perTenThousand: Int, header: (name: [UInt8], value: [UInt8])? = nil) {
    self.perTenThousand = perTenThousand
    self.header = header
  }

  func includes(_ exchange: Exchange, _ dice: inout SystemRandomNumberGenerator) -> Bool {
    if let header {
      let found = unsafe header.name.withUnsafeBytes { unsafe exchange.requestValue(WantedName($0), 0) }
      if let found = unsafe found {
        if header.value.isEmpty { return true }
        if unsafe header.value.elementsEqual(found) { return true }
      }
    }
    return perTenThousand > 0 && Int.random(in: 0..<10_000, using: &dice) < perTenThousand
  }
}

/// A generation as a worker counts it.
public struct GenerationCounts: Sendable {
  /// Its number.
  public var number: Int
  /// Requests that began with it and are not over.
  public var active: Int
  /// Requests that are over.
  public var served: Int
  /// Those of them that were answered with a status of 500 or above.
  public var failed: Int

  /// Makes counts.
  public init(number: Int, active: Int, served: Int, failed: Int) {
    self.number = number
    self.active = active
    self.served = served
    self.failed = failed
  }
}

struct WeakGeneration {
  weak var generation: ProxyGeneration?
}
