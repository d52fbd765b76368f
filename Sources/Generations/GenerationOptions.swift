import Proxy

/// How a generation comes into service.
public struct GenerationOptions: Sendable {
  /// A share of requests tries it out first.
  public struct Canary: Sendable {
    /// Which.
    public var share: CanaryShare
    /// For how many seconds; then it is for all requests.
    public var duration: Int
    /// It is rolled back when more than this share of its requests fails.
    public var maximumErrorRate: Double
    /// It is rolled back when there are more faults of plugins than this.
    public var maximumFaults: Int

    /// Makes options.
    public init(share: CanaryShare, duration: Int, maximumErrorRate: Double, maximumFaults: Int) {
      self.share = share
      self.duration = duration
      self.maximumErrorRate = maximumErrorRate
      self.maximumFaults = maximumFaults
    }
  }

  /// Not for all requests at first.
  public var canary: Canary?
  /// The libraries to use, by plugin; `nil`: those that are found now.
  public var libraries: [String: GenerationDocument.Library]?
  /// Somebody asked for it: what is quarantined gets another chance.
  public var isReload = false

  /// For all requests, with the libraries that are found now.
  public init() {}
}
