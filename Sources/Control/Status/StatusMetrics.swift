import Configuration
import JSON

/// The publisher's status in the text format of Prometheus (exposition format 0.0.4).
///
/// Every number and boolean of the status is a gauge, named after the path to it: `{"workers":{"alive":2}}` becomes
/// `torii_workers_alive 2`. The elements of a list are told apart by labels: their texts, or their place.
enum StatusMetrics {
  private typealias Label = (name: String, value: String)

  /// The metrics.
  static func text(_ status: JSONNode, _ configuration: GatewayConfiguration) -> String {
    var samples: [(name: String, line: String)] = []
    var status = status
    // Lists of things that come and go have metrics of their own.
    let own = [
      "fault_counts", "plugin_calls", "quarantines", "generations", "canary", "canary_history", "latencies", "faults",
      "plugin_metrics",
    ]
    let parts = own.map { status[$0] }
    status = JSONNode(.object((status.members ?? []).filter { !own.contains($0.name) }))
    let metrics = OwnMetricsText(parts[8]?.array ?? [], prefix: { "torii_plugins_\(identifier($0))_" })
    if let plugins = status["plugins"] { status.set("plugins", metrics.others(of: plugins)) }
    add(status, name: "torii", labels: [], to: &samples)
    for type in EntityType.allCases {
      let count = configuration.nodes(of: type).count
      samples.append(("torii_entities", "torii_entities{type=\"\(type.rawValue)\"} \(count)"))
    }
    samples.append(("torii_info", "torii_info{version=\"\(ProductVersion.torii)\"} 1"))
    var text = ""
    var seen = Set<String>()
    // Samples of one name stand together, below one line that says its type.
    for name in samples.map(\.name) where seen.insert(name).inserted {
      text += "# TYPE \(name) gauge\n"
      for sample in samples where sample.name == name { text += sample.line + "\n" }
    }
    text += PluginMetricsText.calls(parts[1]?.array ?? [])
    text += PluginMetricsText.faults(parts[0]?.array ?? [])
    text += PluginMetricsText.quarantines(parts[2]?.array ?? [])
    text += PluginMetricsText.generations(parts[3]?.array ?? [])
    text += PluginMetricsText.latencies(parts[6])
    text += metrics.text
    return text
  }

  private static func add(
    _ node: JSONNode, name: String, labels: [Label], to samples: inout [(name: String, line: String)]
  ) {
    switch node.content {
    case .number(let spelling): samples.append((name, "\(name)\(text(labels)) \(spelling)"))
    case .boolean(let truth): samples.append((name, "\(name)\(text(labels)) \(truth ? 1 : 0)"))
    case .object(let members):
      for member in members {
        add(member.value, name: "\(name)_\(identifier(member.name))", labels: labels, to: &samples)
      }
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        let own = (element.members ?? []).compactMap { member in
          member.value.string.map { (name: identifier(member.name), value: $0) }
        }
        add(element, name: name, labels: labels + (own.isEmpty ? [("index", "\(index)")] : own), to: &samples)
      }
    case .string, .null: break
    }
  }

  private static func identifier(_ name: String) -> String {
    let bytes = name.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: byte
      default: UInt8(ascii: "_")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func text(_ labels: [Label]) -> String {
    if labels.isEmpty { return "" }
    return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
  }

  static func escaped(_ value: String) -> String {
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
