import Configuration
import JSON
import Testing

@testable import Control

@Suite("Calls on entities")
struct EntityCallTests {
  /// One call and what it is answered: the status, and members that the answer must have, as JSON.
  struct Step {
    var method: String
    var path: String
    var body = ""
    var status: Int
    var expected = "{}"

    init(_ method: String, _ path: String, _ body: String, _ status: Int, _ expected: String = "{}") {
      self.method = method
      self.path = path
      self.body = body
      self.status = status
      self.expected = expected
    }

    init(_ method: String, _ path: String, _ status: Int, _ expected: String = "{}") {
      self.init(method, path, "", status, expected)
    }
  }

  static let id = "a1111111-1111-4111-8111-111111111111"
  static let missing = "00000000-0000-4000-8000-00000000dead"

  private func run(_ steps: [Step], _ location: Testing.SourceLocation = #_sourceLocation) throws {
    let bench = try AdminBench()
    for (index, step) in steps.enumerated() {
      let (status, node) = try bench.call(step.method, step.path, step.body)
      #expect(status == step.status, "step \(index): \(node)", sourceLocation: location)
      for member in try #require(try JSONNode(parsing: step.expected).members) {
        #expect(node[member.name] == member.value, "step \(index), \(member.name): \(node)", sourceLocation: location)
      }
    }
  }

  @Test("a service is made, read, changed, replaced and removed")
  func lifeOfAService() throws {
    try run([
      Step("POST", "/services", #"{"name": "a", "host": "a.test"}"#, 201, #"{"name": "a", "port": 80, "path": null}"#),
      Step("GET", "/services/a", 200, #"{"host": "a.test", "retries": 5}"#),
      Step("PATCH", "/services/a", #"{"retries": 2, "path": "/p"}"#, 200, #"{"retries": 2, "path": "/p"}"#),
      Step("PATCH", "/services/a", #"{"path": null}"#, 200, #"{"retries": 2, "path": null}"#),
      Step("PUT", "/services/a", #"{"host": "b.test"}"#, 200, #"{"name": "a", "host": "b.test", "retries": 5}"#),
      Step(
        "PUT", "/services/\(Self.id)", #"{"name": "p", "url": "https://c.test/x"}"#, 200,
        #"{"id": "\#(Self.id)", "protocol": "https", "port": 443, "path": "/x"}"#),
      Step("PUT", "/services/new", #"{"host": "d.test"}"#, 200, #"{"name": "new"}"#),
      Step("DELETE", "/services/a", 204),
      Step("DELETE", "/services/a", 204),
      Step("GET", "/services/a", 404, #"{"message": "Not found"}"#),
    ])
  }

  @Test("refusals have Kong's codes, names, texts and statuses")
  func refusals() throws {
    try run([
      Step(
        "POST", "/services", "{}", 400,
        #"{"code": 2, "name": "schema violation", "message": "schema violation (host: required field missing)", "fields": {"host": "required field missing"}}"#
      ),
      Step("POST", "/services", #"{"id": "\#(Self.id)", "name": "a", "host": "h"}"#, 201),
      Step(
        "POST", "/services", #"{"id": "\#(Self.id)", "host": "h"}"#, 400,
        #"{"code": 3, "message": "primary key violation on key '{id=\"\#(Self.id)\"}'"}"#),
      Step(
        "POST", "/routes", #"{"paths": ["/a"], "service": {"id": "\#(Self.missing)"}}"#, 400,
        #"{"code": 4, "fields": {"service": {"id": "\#(Self.missing)"}}, "message": "the foreign key '{id=\"\#(Self.missing)\"}' does not reference an existing 'services' entity."}"#
      ),
      Step(
        "POST", "/routes", #"{"name": "r", "paths": ["/a"], "service": {"name": "a"}}"#, 201,
        #"{"service": {"id": "\#(Self.id)"}}"#),
      Step(
        "DELETE", "/services/a", 400,
        #"{"code": 4, "fields": {"@referenced_by": "routes"}, "message": "an existing 'routes' entity references this 'services' entity"}"#
      ),
      Step(
        "POST", "/services", #"{"name": "a", "host": "h"}"#, 409,
        #"{"code": 5, "name": "unique constraint violation", "message": "UNIQUE violation detected on '{name=\"a\"}'", "fields": {"name": "a"}}"#
      ),
      Step(
        "PATCH", "/services/none", #"{"retries": 1}"#, 404,
        #"{"code": 6, "message": "could not find the entity with '{name=\"none\"}'", "fields": {"name": "none"}}"#),
      Step(
        "PATCH", "/services/\(Self.missing)", #"{"retries": 1}"#, 404,
        #"{"code": 6, "message": "could not find the entity with primary key '{id=\"\#(Self.missing)\"}'"}"#),
      Step("GET", "/services?offset=%21", 400, #"{"code": 7, "name": "invalid offset"}"#),
      Step("GET", "/services?size=0", 400, #"{"code": 9, "message": "size must be an integer between 1 and 1000"}"#),
      Step("GET", "/services?size=x", 400, #"{"code": 9, "message": "size must be a number"}"#),
      Step("GET", "/services/a%2Fb", 400, #"{"code": 10, "name": "invalid unique name"}"#),
      Step(
        "GET", "/services?tags=a,b/c", 400,
        #"{"code": 11, "message": "invalid option (tags: invalid filter syntax)", "options": {"tags": "invalid filter syntax"}}"#
      ),
      Step(
        "POST", "/routes", #"{"paths": ["/b"], "service": {"name": "none"}}"#, 400,
        #"{"code": 13, "name": "foreign keys unresolved"}"#),
      Step("POST", "/services", "[1]", 400),
      Step("POST", "/services", "null", 400),
      Step("POST", "/services", #"{"host":"#, 400, #"{"message": "Cannot parse JSON body"}"#),
      Step("GET", "/nothing", 404, #"{"message": "Not found"}"#),
      Step("GET", "/services/a/nothing", 404),
      Step("POST", "/services/a", "{}", 405, #"{"message": "Method not allowed"}"#),
      Step("BREW", "/services", 405),
      Step("GET", "/targets", 404),
    ])
  }

  @Test("a plugin gets its defaults, is found by its instance name, and stands once at each place")
  func plugins() throws {
    try run([
      Step("POST", "/services", #"{"name": "s", "host": "h"}"#, 201),
      Step(
        "POST", "/plugins", #"{"name": "file-log"}"#, 400,
        #"{"message": "schema violation (config.path: required field missing)"}"#),
      Step(
        "POST", "/plugins", #"{"name": "file-log", "config": {"path": "/a"}, "instance_name": "mine"}"#, 201,
        #"{"config": {"path": "/a", "reopen": false, "custom_fields_by_lua": null}, "service": null}"#),
      Step(
        "POST", "/plugins", #"{"name": "file-log", "config": {"path": "/b"}}"#, 409,
        #"{"message": "UNIQUE violation detected on '{consumer=null,name=\"file-log\",route=null,service=null}'"}"#),
      Step("POST", "/services/s/plugins", #"{"name": "file-log", "config": {"path": "/b"}}"#, 201),
      Step(
        "PATCH", "/plugins/mine", #"{"config": {"reopen": true}}"#, 200,
        #"{"config": {"path": "/a", "reopen": true, "custom_fields_by_lua": null}}"#),
      Step("PATCH", "/plugins/mine", #"{"config": {"custom_fields_by_lua": {"a": "1", "b": "2"}}}"#, 200),
      // Maps are replaced, records are merged.
      Step(
        "PATCH", "/plugins/mine", #"{"config": {"custom_fields_by_lua": {"c": "3"}}}"#, 200,
        #"{"config": {"path": "/a", "reopen": true, "custom_fields_by_lua": {"c": "3"}}}"#),
      Step(
        "PATCH", "/plugins/mine", #"{"config": {"bogus": 1}}"#, 400,
        #"{"message": "schema violation (config.bogus: unknown field)"}"#),
      Step(
        "PUT", "/plugins/mine", #"{"name": "file-log", "config": {"path": "/c"}}"#, 200,
        #"{"instance_name": "mine", "config": {"path": "/c", "reopen": false, "custom_fields_by_lua": null}}"#),
      Step("PATCH", "/plugins/\(Self.missing)", "{}", 404, #"{"message": "Not found"}"#),
      Step("DELETE", "/services/s", 204),
      Step("GET", "/plugins?size=1", 200, #"{"next": null}"#),
    ])
  }

  @Test("entities below others are found only there, and go with them")
  func nesting() throws {
    try run([
      Step("POST", "/upstreams", #"{"name": "u"}"#, 201),
      Step(
        "POST", "/upstreams/u/targets", #"{"target": "host.test"}"#, 201,
        #"{"target": "host.test:8000", "weight": 100}"#),
      Step("POST", "/upstreams/u/targets", #"{"target": "host.test:8000"}"#, 409, #"{"code": 5}"#),
      Step("PATCH", "/upstreams/u/targets/host.test:8000", #"{"weight": 7}"#, 200, #"{"weight": 7}"#),
      Step("POST", "/upstreams/none/targets", #"{"target": "a.test"}"#, 404),
      Step("DELETE", "/upstreams/u/targets/none:1", 404),
      Step("POST", "/consumers", #"{"username": "c", "custom_id": "7"}"#, 201),
      Step("POST", "/consumers/c/key-auth", #"{"key": "k", "id": "\#(Self.id)"}"#, 201, #"{"key": "k"}"#),
      Step("GET", "/key-auths/k", 200, #"{"id": "\#(Self.id)"}"#),
      Step("GET", "/consumers/c/key-auth/k", 200),
      Step("GET", "/key-auths/k/consumer", 200, #"{"username": "c"}"#),
      Step("DELETE", "/key-auths/k/consumer", 405),
      Step("PATCH", "/key-auths/k/consumer", #"{"tags": ["x"]}"#, 200, #"{"tags": ["x"], "username": "c"}"#),
      Step("DELETE", "/consumers/c", 204),
      Step("GET", "/key-auths", 200, #"{"data": []}"#),
      Step("DELETE", "/upstreams/u", 204),
      Step("GET", "/upstreams/u/targets", 404),
    ])
  }

  @Test("pages follow one another by their marks, each element once, and carry their filter along")
  func pages() throws {
    let bench = try AdminBench()
    for index in 0..<25 {
      try bench.call(
        "POST", "/services", #"{"name": "s\#(index)", "host": "h", "tags": ["\#(index < 21 ? "in" : "out")"]}"#)
    }
    var seen: [String] = []
    var path: String? = "/services?size=10&tags=in"
    var pages = 0
    while let next = path {
      let node = try bench.call("GET", next).node
      seen += (node["data"]?.array ?? []).compactMap { $0["name"]?.string }
      path = node["next"]?.string
      #expect((node["offset"] == nil) == (path == nil))
      pages += 1
    }
    #expect(pages == 3)
    #expect(Set(seen) == Set((0..<21).map { "s\($0)" }))
    #expect(seen.count == 21)
  }

  @Test("tags are listed, and filter by all or by one of several")
  func tags() throws {
    let bench = try AdminBench()
    try bench.call("POST", "/services", #"{"name": "a", "host": "h", "tags": ["red", "big"]}"#)
    try bench.call("POST", "/services", #"{"name": "b", "host": "h", "tags": ["red"]}"#)
    func count(_ path: String) throws -> Int { try bench.call("GET", path).node["data"]?.array?.count ?? -1 }
    #expect(try count("/services?tags=red") == 2)
    #expect(try count("/services?tags=red,big") == 1)
    #expect(try count("/services?tags=green/big") == 1)
    #expect(try count("/tags") == 3)
    #expect(try count("/tags/big") == 1)
  }

  @Test("forms are read by the types of the schema")
  func forms() throws {
    let bench = try AdminBench()
    let form = "application/x-www-form-urlencoded"
    let service = try bench.call("POST", "/services", "name=f&host=f.test&port=8080&tags[]=a&tags[]=b", type: form)
    #expect(service.status == 201)
    #expect(service.node["port"] == 8080)
    #expect(service.node["tags"] == ["a", "b"])
    let route = try bench.call(
      "POST", "/routes", "service.name=f&paths[1]=/x%2By&paths[2]=/z&strip_path=false&methods=GET", type: form)
    #expect(route.node["paths"] == ["/x+y", "/z"])
    #expect(route.node["strip_path"] == false)
    #expect(route.node["methods"] == ["GET"])
    let plugin = try bench.call("POST", "/plugins", "name=file-log&config.path=/l&config.reopen=true", type: form)
    #expect(plugin.node["config"]?["reopen"] == true)
    #expect(try bench.call("POST", "/services", "x", type: "multipart/form-data; boundary=x").status == 415)
  }
}
