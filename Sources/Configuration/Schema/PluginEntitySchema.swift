import JSON

extension EntitySchema {
  /// What a plugin instance may hold; its configuration is described by the plugin itself.
  static let plugins = EntitySchema(
    .plugins, endpointKey: "instance_name", identity: .fields(["name", "route", "service", "consumer"]),
    fields: [
      .id, .text("name").required(), .uniqueName("instance_name"), .createdAt, .updatedAt,
      FieldSchema("route", .foreign(.routes)).defaulting(to: JSONNode(.null)).parent(cascading: true),
      FieldSchema("service", .foreign(.services)).defaulting(to: JSONNode(.null)).parent(cascading: true),
      FieldSchema("consumer", .foreign(.consumers)).defaulting(to: JSONNode(.null)).parent(cascading: true),
      FieldSchema("config", .pluginConfiguration).required(),
      .protocols(["grpc", "grpcs", "http", "https"], elementRequired: false),
      FieldSchema("enabled", .boolean).required(.of(true)),
      .tags,
    ])
}
