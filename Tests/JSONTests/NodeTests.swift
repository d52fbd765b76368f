import Testing

@testable import JSON

@Suite("Nodes")
struct NodeTests {
  @Test("know where they stood")
  func locations() throws {
    let node = try JSONNode(parsing: "{\n  \"é\": [1,\n    true],\r\n\t\"b\" : {}\n}")
    #expect(node.location == SourceLocation(line: 1, column: 1))
    #expect(
      node.members?.map(\.nameLocation) == [SourceLocation(line: 2, column: 3), SourceLocation(line: 4, column: 2)])
    #expect(node["é"]?.location == SourceLocation(line: 2, column: 8))
    #expect(node["é"]?[0]?.location == SourceLocation(line: 2, column: 9))
    #expect(node["é"]?[1]?.location == SourceLocation(line: 3, column: 5))
    #expect(node["b"]?.location == SourceLocation(line: 4, column: 8))
  }

  @Test("a byte order mark has no column")
  func byteOrderMark() throws {
    #expect(try JSONNode(parsing: [0xEF, 0xBB, 0xBF, 0x31]).location == SourceLocation(line: 1, column: 1))
  }

  @Test("are written as literals")
  func literals() throws {
    let node: JSONNode = [
      "string": "text", "integer": 1, "double": 1.5, "true": true, "null": nil, "array": [1, "a", [], [:]],
      "last": -2.0,
    ]
    #expect(
      node.serializedString()
        == #"{"string":"text","integer":1,"double":1.5,"true":true,"null":null,"array":[1,"a",[],{}],"last":-2}"#)
    #expect(try JSONNode(parsing: node.serialized()) == node)
    #expect((["a": 1, "b": 2, "a": 3] as JSONNode).serializedString() == #"{"a":3,"b":2}"#)
  }

  @Test("give what they hold, and nothing for another kind")
  func access() throws {
    let node = try JSONNode(parsing: #"{"s":"x","n":1e2,"d":0.5,"b":false,"z":null,"a":[1],"o":{}}"#)
    #expect(node["s"]?.string == "x")
    #expect(node["n"]?.integer == 100)
    #expect(node["n"]?.number == "1e2")
    #expect(node["d"]?.double == 0.5)
    #expect(node["d"]?.integer == nil)
    #expect(node["b"]?.boolean == false)
    #expect(node["z"]?.isNull == true)
    #expect(node["a"]?.array?.count == 1)
    #expect(node["o"]?.members?.isEmpty == true)
    #expect(node["missing"] == nil)
    #expect(node["s"]?["x"] == nil)
    #expect(node["a"]?[1] == nil)
    #expect(node["a"]?[-1] == nil)
    #expect(
      node["s"]?.integer == nil && node["n"]?.string == nil && node["a"]?.boolean == nil && node["o"]?.array == nil)
    #expect(node["s"]?.members == nil && node["s"]?.double == nil && node["s"]?.isNull == false)
  }

  @Test("are changed in place, members keeping their order")
  func changes() throws {
    var node = try JSONNode(parsing: #"{"a":1,"b":2,"c":3}"#)
    node.set("b", "new")
    node["d"] = [1]
    node["d"]?.append(2)
    #expect(node.remove("a") == 1)
    #expect(node.remove("a") == nil)
    node["c"] = nil as JSONNode?
    #expect(node.serializedString() == #"{"b":"new","d":[1,2]}"#)
    var scalar: JSONNode = 1
    scalar.set("a", 1)
    #expect(scalar == ["a": 1])
    scalar.append(true)
    #expect(scalar == [true])
  }

  @Test("are equal wherever they stood and in whatever order")
  func equality() throws {
    let left = try JSONNode(parsing: #"{"a":[1,2.50],"b":"\u0041"}"#)
    #expect(try left == JSONNode(parsing: " {\"b\":\"A\",\n\"a\":[1.0,25e-1]}"))
    #expect(try left != JSONNode(parsing: #"{"a":[2.5,1],"b":"A"}"#))
    #expect(try left != JSONNode(parsing: #"{"a":[1,2.5],"b":"A","c":null}"#))
    #expect(try left != JSONNode(parsing: #"{"a":[1,2.5],"c":"A"}"#))
    #expect(("\u{E9}" as JSONNode) != "e\u{301}")
    #expect((nil as JSONNode) != false)
    #expect((1 as JSONNode) != "1")
  }

  @Test("are written on one line or many, in their order or sorted")
  func serialization() throws {
    let node = try JSONNode(parsing: #"{"b":[1,{"z":"/","é":1.50}],"a":{},"c":[]}"#)
    #expect(node.serializedString() == #"{"b":[1,{"z":"/","é":1.50}],"a":{},"c":[]}"#)
    #expect(node.serializedString(sortedKeys: true) == #"{"a":{},"b":[1,{"z":"/","é":1.50}],"c":[]}"#)
    #expect(
      node.serializedString(pretty: true) == """
        {
          "b": [
            1,
            {
              "z": "/",
              "é": 1.50
            }
          ],
          "a": {},
          "c": []
        }
        """)
    #expect(node.serialized() == Array(node.serializedString().utf8))
  }

  @Test(
    "spell doubles shortly",
    arguments: [
      (1.0, "1"), (0.1, "0.1"), (1e20, "1e+20"), (-0.0, "-0.0"), (1e-7, "1e-07"), (.infinity, "null"), (.nan, "null"),
    ])
  func doubles(_ value: Double, _ expected: String) throws {
    #expect(JSONNode(value).serializedString() == expected)
    _ = try JSONNode(parsing: expected)
  }
}
