import JSON

/// Brings values that can be written in several ways into one.
public enum EntityNormalization {
  /// The port of targets that name none.
  public static let defaultTargetPort = 8000

  /// An entity that was checked, in its one form: targets have a port, and an upstream that hashes something is balanced by it.
  public static func normalized(_ entity: JSONNode, _ type: EntityType) -> JSONNode {
    switch type {
    case .targets: target(entity)
    case .upstreams: upstream(entity)
    default: entity
    }
  }

  private static func target(_ entity: JSONNode) -> JSONNode {
    guard let text = entity.text("target"), let host = try? HostText(parsing: text) else { return entity }
    var target = entity
    let shown = host.kind == .ipv6 ? "[\(host.host)]" : host.host
    target.set("target", .of("\(shown):\(host.port ?? defaultTargetPort)"))
    return target
  }

  private static func upstream(_ entity: JSONNode) -> JSONNode {
    let hashesNothing = entity.text("hash_on") ?? "none" == "none"
    let isHashing = entity.text("algorithm") == "consistent-hashing"
    guard hashesNothing == isHashing else { return entity }
    var upstream = entity
    upstream.set("algorithm", .of(hashesNothing ? "round-robin" : "consistent-hashing"))
    return upstream
  }
}
