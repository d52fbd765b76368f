import Configuration
import JSON
import Testing

@Suite("Ids of entities declared without one")
struct IdentifierTests {
  static let document = """
    {"_format_version": "3.0",
     "services": [
       {"name": "example-service", "url": "http://httpbin.konghq.com/anything",
        "routes": [{"name": "example-route", "paths": ["/anything"]}]},
       {"name": "a", "url": "http://a.test/x", "routes": [{"name": "r", "paths": ["/a"]}],
        "plugins": [{"name": "key-auth"}]},
       {"name": "ai-service", "host": "h", "plugins": [{"name": "ai-proxy"}]}],
     "plugins": [{"name": "cors"}],
     "consumers": [{"username": "c"}]}
    """

  @Test(
    "are those that Kong derives",
    arguments: [
      (EntityType.services, 0, "7a267194-6123-5ee0-a1c9-4c1559eb0d95"),
      (.routes, 0, "eeb325b8-afd4-5ba2-a113-c34eeb969c1d"),
      (.services, 1, "72734e2a-702d-5711-b9ef-697178108ad8"),
      (.routes, 1, "da7ba03a-f1be-52d4-8a7e-c8f32640689a"),
      (.plugins, 0, "cab8b82e-6fa8-5c9c-b963-aaf0023198f3"),
      (.plugins, 1, "b710f6f1-8e35-5bcb-9c5a-13df0d7326ce"),
      (.plugins, 2, "48ee727e-8b90-5faa-bda1-a3c6bc3c9daa"),
      (.consumers, 0, "c4511917-5bd2-5306-8ee5-d63ca5c67080"),
    ])
  func derived(_ type: EntityType, _ position: Int, _ id: String) throws {
    let configuration = try GatewayConfiguration(declarative: JSONNode(parsing: Self.document))
    #expect(configuration.nodes(of: type)[position]["id"]?.string == id)
  }

  @Test("do not depend on whether an entity is nested or names what it belongs to")
  func nestedAndFlat() throws {
    let nested = try GatewayConfiguration(
      declarative: JSONNode(
        parsing: """
          {"_format_version": "3.0", "services": [{"name": "s", "host": "h", "plugins": [{"name": "x"}],
           "routes": [{"name": "r", "paths": ["/"], "plugins": [{"name": "y"}]}]}],
           "upstreams": [{"name": "u", "targets": [{"target": "a:1"}]}]}
          """), options: ValidationOptions(now: 1))
    let flat = try GatewayConfiguration(
      declarative: JSONNode(
        parsing: """
          {"_format_version": "3.0", "services": [{"name": "s", "host": "h"}],
           "routes": [{"name": "r", "paths": ["/"], "service": {"name": "s"}}],
           "plugins": [{"name": "x", "service": "s"}, {"name": "y", "route": "r"}],
           "upstreams": [{"name": "u"}], "targets": [{"target": "a:1", "upstream": "u"}]}
          """), options: ValidationOptions(now: 1))
    #expect(nested == flat)
  }

  @Test("of entities without a name stay the same from one reading to the next, and differ from each other")
  func unnamed() throws {
    let text = """
      {"_format_version": "3.0", "services": [{"host": "h", "routes": [{"paths": ["/"]}, {"paths": ["/"]}]}, {"host": "h"}]}
      """
    let first = try GatewayConfiguration(declarative: JSONNode(parsing: text), options: ValidationOptions(now: 1))
    let second = try GatewayConfiguration(declarative: JSONNode(parsing: text), options: ValidationOptions(now: 1))
    #expect(first == second)
    let ids = first.services.map(\.id) + first.routes.map(\.id)
    #expect(Set(ids).count == 4)
    #expect(ids.allSatisfy(UUIDText.isValid))
  }
}
