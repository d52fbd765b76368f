import JSON

/// Refuses fields of the Anthropic API that have no business here.
///
/// The real service ignores most of them. The simulator refuses them unless started with `--strict-fields=off`, so that
/// a translator that lets one through is caught.
enum StrictFieldRules {
  private static let topLevel: Set<String> = [
    "system", "anthropic_version", "anthropic_beta", "stop_sequences", "max_tokens_to_sample", "context_management",
    "thinking", "output_config", "output_format", "metadata", "container", "mcp_servers", "cache_control", "betas",
    "safeguards", "service_tier", "inference_geo", "speed", "diagnostics", "fallbacks", "thread",
  ]
  private static let tool: Set<String> = [
    "name", "input_schema", "cache_control", "defer_loading", "eager_input_streaming", "input_examples",
    "allowed_callers", "max_uses", "allowed_domains", "blocked_domains", "user_location",
  ]
  private static let message: Set<String> = ["cache_control", "is_error", "tool_use_id", "stop_reason"]

  static func check(_ root: JSONNode) throws(ServiceError) {
    for member in root.members ?? [] where topLevel.contains(member.name) {
      throw .request("Unrecognized request argument supplied: \(member.name)")
    }
    for (index, node) in (root["tools"]?.array ?? []).enumerated() {
      for member in node.members ?? [] where tool.contains(member.name) {
        throw .request("Unrecognized request argument supplied: tools.[\(index)].\(member.name)")
      }
      for member in node["function"]?.members ?? [] where tool.contains(member.name) && member.name != "name" {
        throw .request("Unrecognized request argument supplied: tools.[\(index)].function.\(member.name)")
      }
    }
    for (index, node) in (root["messages"]?.array ?? []).enumerated() {
      for member in node.members ?? [] where message.contains(member.name) {
        throw .request("Unrecognized request argument supplied: messages.[\(index)].\(member.name)")
      }
    }
  }
}
