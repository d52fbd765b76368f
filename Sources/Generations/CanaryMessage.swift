import JSON
import Proxy

extension CanaryShare {
  /// Reads the share from a `commit` message; `nil` when the generation is for all requests.
  init?(_ message: JSONNode) {
    guard let share = message["canary"] else { return nil }
    let name = share["header"]?.string.map { Array($0.lowercased().utf8) }
    self.init(
      perTenThousand: share["share"]?.integer ?? 0,
      header: name.map { ($0, Array((share["value"]?.string ?? "").utf8)) })
  }

  /// What a `commit` message says.
  var node: JSONNode {
    var members: [JSONNode.Member] = [.init(name: "share", value: JSONNode(.number(String(perTenThousand))))]
    if let header {
      members.append(.init(name: "header", value: JSONNode(.string(String(decoding: header.name, as: UTF8.self)))))
      members.append(.init(name: "value", value: JSONNode(.string(String(decoding: header.value, as: UTF8.self)))))
    }
    return JSONNode(.object(members))
  }
}
