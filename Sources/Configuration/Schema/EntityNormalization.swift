import JSON

/// Brings values that can be written in several ways into one.
public enum EntityNormalization {
  /// The port of targets that name none.
  public static let defaultTargetPort = 8000

  /// An entity that was checked, in its one form: targets have a port.
  public static func normalized(_ entity: JSONNode, _ type: EntityType) -> JSONNode {
    guard type == .targets, let text = entity.text("target"), let host = try? HostText(parsing: text) else {
      return entity
    }
    var target = entity
    let shown = host.kind == .ipv6 ? "[\(host.host)]" : host.host
    target.set("target", .of("\(shown):\(host.port ?? defaultTargetPort)"))
    return target
  }
}
