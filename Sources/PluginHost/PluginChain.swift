import CToriiPlugin

/// The plugin instances of a route in the order they run, and for each phase those that take part.
public final class PluginChain {
  /// One instance in a chain.
  public struct Link {
    /// The instance.
    public let instance: PluginInstance
    /// Where its state begins within the request's, in bytes.
    public let stateOffset: Int
    /// Its place in the chain, which is also its bit in sets of links.
    public let position: Int
  }

  /// All links, by priority, high first; equal ones by name, descending.
  public let links: [Link]
  /// Those with an access callback.
  public let access: [Link]
  /// Those that see request content.
  public let requestBody: [Link]
  /// Those with a header_filter callback.
  public let headerFilter: [Link]
  /// Those that see response content.
  public let bodyFilter: [Link]
  /// Those with a log callback.
  public let log: [Link]
  /// Bytes of request state that all instances together need.
  public let stateSize: Int
  /// Some instance wants the request body whole; the smallest limit of those, in bytes (0: the gateway's own).
  public let wholeRequestBody: (wanted: Bool, limit: UInt64)
  /// Some instance wants the response body whole.
  public let wholeResponseBody: (wanted: Bool, limit: UInt64)
  /// Some instance may change the request body.
  public let changesRequestBody: Bool
  /// Some instance may change the response body.
  public let changesResponseBody: Bool
  /// Secrets of all instances' configurations.
  public let secrets: [[UInt8]]
  /// A plugin is missing, since it is quarantined and not even loaded: requests are refused.
  public let isRefused: Bool

  /// The chain without instances.
  public static var empty: PluginChain { PluginChain([]) }

  /// A chain holds at most this many instances: sets of links are 64 bits.
  public static let maximumLength = 64

  /// Orders instances into a chain.
  public init(_ instances: [PluginInstance], isRefused: Bool = false) {
    self.isRefused = isRefused
    let ordered = instances.sorted {
      ($0.library.priority, $0.library.name) > ($1.library.priority, $1.library.name)
    }
    var offset = 0
    links = ordered.prefix(Self.maximumLength).enumerated().map { position, instance in
      let link = Link(instance: instance, stateOffset: offset, position: position)
      // Each state begins at a multiple of 16, as malloc would give it.
      offset += unsafe (Int(instance.library.descriptor.pointee.request_state_size) + 15) & ~15
      return link
    }
    stateSize = offset
    access = links.filter { $0.instance.library.implements(TORII_PHASE_ACCESS) }
    requestBody = links.filter {
      $0.instance.library.implements(TORII_PHASE_REQUEST_BODY) && $0.instance.requestBodyMode != TORII_BODY_NONE
    }
    headerFilter = links.filter { $0.instance.library.implements(TORII_PHASE_HEADER_FILTER) }
    bodyFilter = links.filter {
      $0.instance.library.implements(TORII_PHASE_BODY_FILTER) && $0.instance.responseBodyMode != TORII_BODY_NONE
    }
    log = links.filter { $0.instance.library.implements(TORII_PHASE_LOG) }
    func whole(_ limits: [UInt64]) -> (Bool, UInt64) {
      (!limits.isEmpty, limits.filter { $0 != 0 }.min() ?? 0)
    }
    wholeRequestBody = whole(
      requestBody.filter { $0.instance.requestBodyMode == TORII_BODY_WHOLE }.map(\.instance.requestBodyLimit))
    wholeResponseBody = whole(
      bodyFilter.filter { $0.instance.responseBodyMode == TORII_BODY_WHOLE }.map(\.instance.responseBodyLimit))
    changesRequestBody = requestBody.contains { $0.instance.requestBodyMode != TORII_BODY_OBSERVE }
    changesResponseBody = bodyFilter.contains { $0.instance.responseBodyMode != TORII_BODY_OBSERVE }
    secrets = instances.flatMap(\.secrets)
  }

  /// The link of an instance, or `nil` when it is in another chain.
  public func link(of instance: torii_instance_id) -> Link? {
    links.first { $0.instance.id == instance }
  }
}
