import CToriiPlugin
import EventLoop
import HTTP
import JSON
import Testing

@testable import Proxy

func written(_ body: (ByteBuffer) -> Void) -> String {
  let buffer = ByteBuffer()
  body(buffer)
  return unsafe String(decoding: buffer.bytes, as: UTF8.self)
}

func withBytes<Result>(_ text: String, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
  unsafe Array(text.utf8).withUnsafeBytes { unsafe body($0) }
}

@Suite("Texts that the data plane reads and writes")
struct TextTests {
  @Test(
    "the format of an error is what Accept prefers",
    arguments: [
      (nil, ErrorPage.Format.text), ("text/html", .html), ("application/xml;q=0.5, text/html;q=0.4", .xml),
      ("text/plain;q=0.1, application/json;q=0.9", .json), ("*/*", .json), ("text/*", .text), ("text/html;q=0", .json),
      ("text/html , text/plain", .html), (";;;,,,q=", .json), ("text/html;q=0.999, text/plain;Q=1", .text), ("", .json),
    ] as [(String?, ErrorPage.Format)])
  func errorFormat(accept: String?, expected: ErrorPage.Format) {
    guard let accept else {
      let format = unsafe ErrorPage.format(accept: nil, fallback: .text)
      #expect(format == expected)
      return
    }
    let format = unsafe withBytes(accept) { unsafe ErrorPage.format(accept: $0, fallback: .text) }
    #expect(format == expected)
  }

  @Test(
    "query arguments",
    arguments: [
      ("", "{}"), ("a=1", #"{"a":"1"}"#), ("a", #"{"a":true}"#), ("a=1&a=2&b", #"{"a":["1","2"],"b":true}"#),
      ("a=%41+%2", #"{"a":"A %2"}"#), ("=x&&", "{}"), ("a=%22", #"{"a":"\""}"#), ("a=%zz%", #"{"a":"%zz%"}"#),
      ("a=b=c", #"{"a":"b=c"}"#), ("%00=1", #"{"\u0000":"1"}"#),
    ])
  func queryArguments(query: String, expected: String) {
    let text = unsafe withBytes(query) { query in written { unsafe QueryArguments.write(query, to: $0) } }
    #expect(text == expected)
  }

  @Test("any bytes become a JSON string, and queries of any bytes an object")
  func fuzz() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...40)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255) : Array("%&=+\"\\a1".utf8).randomElement(using: &random)!
      }
      unsafe try bytes.withUnsafeBytes { bytes in
        let string = written { unsafe JSONText.append(string: bytes, to: $0) }
        let node = try JSONNode(parsing: Array(string.utf8))
        unsafe #expect(node.string == String(decoding: bytes, as: UTF8.self))
        let object = written { unsafe QueryArguments.write(bytes, to: $0) }
        _ = try JSONNode(parsing: Array(object.utf8))
      }
    }
  }

  @Test("every byte at every place of a plain text becomes part of a JSON string", arguments: 0..<24)
  func everyByteEverywhere(place: Int) throws {
    for byte in UInt8.min...UInt8.max {
      var bytes = Array("abcdefghijklmnopqrstuvwx".utf8)
      bytes[place] = byte
      let string = unsafe bytes.withUnsafeBytes { bytes in written { unsafe JSONText.append(string: bytes, to: $0) } }
      #expect(
        try JSONNode(parsing: Array(string.utf8)).string == String(decoding: bytes, as: UTF8.self), "byte \(byte)")
    }
  }

  @Test(
    "log values are merged, the last one wins",
    arguments: [
      ([("a", "1"), ("a", "2")], #"{"x":0,"a":2}"#),
      ([("a.b", "1"), ("a.c", "2")], #"{"x":0,"a":{"b":1,"c":2}}"#),
      ([("a.b", "1"), ("a", "{}")], #"{"x":0,"a":{}}"#),
      ([("a", #"{"b":1,"c":{"d":2}}"#), ("a.c.e", "3")], #"{"x":0,"a":{"b":1,"c":{"d":2,"e":3}}}"#),
      ([("a", "5"), ("a.b", "1")], #"{"x":0,"a":{"b":1}}"#),
      ([("a", #"{"x.y":1}"#), ("a.c", "2")], #"{"x":0,"a":{"x.y":1,"c":2}}"#),
      ([("a", "{\n\"b\":\r1}")], #"{"x":0,"a":{ "b": 1}}"#),
      ([("k\"", "1")], #"{"x":0,"k\"":1}"#),
    ] as [([(String, String)], String)])
  func logValues(set: [(String, String)], expected: String) throws {
    var values = LogValues()
    for (key, json) in set {
      let isSet = unsafe withBytes(key) { key in unsafe withBytes(json) { unsafe values.set(key, $0, JSONReader()) } }
      #expect(isSet)
    }
    #expect(
      written { out in
        out.append("{\"x\":0")
        values.write(to: out)
        out.append("}")
      } == expected)
  }

  @Test(
    "log values that would spoil the record are refused",
    arguments: [
      ("request", "1"), ("request.id", "1"), ("a..b", "1"), (".a", "1"), ("", "1"), ("a", ""), ("a", "{"), ("a", "1 2"),
      ("a", "nul"), ("a.", "1"),
    ])
  func refusedValues(key: String, json: String) {
    var values = LogValues()
    let isSet = unsafe withBytes(key) { key in unsafe withBytes(json) { unsafe values.set(key, $0, JSONReader()) } }
    #expect(!isSet)
  }

  @Test(
    "the Host field of an upstream request",
    arguments: [
      ("a", 80, false, "a"), ("a", 443, true, "a"), ("a", 443, false, "a:443"), ("a", 8080, true, "a:8080"),
      ("::1", 80, false, "[::1]"), ("::1", 81, false, "[::1]:81"), ("[::1]", 81, false, "[::1]:81"),
    ])
  func hostField(host: String, port: Int, isTLS: Bool, expected: String) {
    #expect(String(decoding: HostField.text(host: host, port: port, isTLS: isTLS), as: UTF8.self) == expected)
  }

  @Test(
    "the URL of a call-out",
    arguments: [
      ("http://a", "a", 80, "/"), ("https://a", "a", 443, "/"), ("http://a:81/b?c", "a", 81, "/b?c"),
      ("http://a?c", "a", 80, "/?c"), ("http://[::1]:8/x", "::1", 8, "/x"), ("http://A-b.c_d/", "A-b.c_d", 80, "/"),
    ])
  func callout(url: String, host: String, port: UInt16, target: String) throws {
    let request = try #require(parse(url))
    #expect(request.host == host)
    #expect(request.port == port)
    #expect(String(decoding: request.target, as: UTF8.self) == target)
  }

  @Test(
    "a URL that could be read in two ways is refused",
    arguments: [
      "", "a", "ftp://a", "//a", "http://", "http:///x", "http://:80/", "http://a:", "http://a:x", "http://a:0",
      "http://a:65536", "http://a:+80", "http://a:0x50", "http://a:80:81/", "http://u@a/", "http://u:p@a/",
      "http://a#b",
      "http://a/b#c", "http://a b/", "http://a/b c", "http://a/\r\nX: y", "http://a\r\n/", "http://a\\b/",
      "http://::1/",
      "http://[::1/", "http://::1]/", "http://[a]b/", "http://[::1]80/", "http://ä/", "http://a%00/", "http://[]/",
      "http://a/\u{0}",
    ])
  func maliciousURL(url: String) { #expect(parse(url) == nil) }

  private func parse(_ url: String) -> CalloutRequest? {
    unsafe withBytes(url) { bytes in
      var request = unsafe torii_http_request()
      unsafe request.struct_size = UInt32(MemoryLayout<torii_http_request>.size)
      unsafe request.url = unsafe torii_slice(
        data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
      return unsafe CalloutRequest(request)
    }
  }
}

@Suite("Fields as they will be sent")
struct FieldEditTests {
  private func add(_ edits: inout FieldEdits, _ name: String, _ value: String) {
    unsafe withBytes(name) { name in unsafe withBytes(value) { unsafe edits.add(name, $0) } }
  }

  private func value(_ edits: inout FieldEdits, _ lines: HeadLines, _ name: String, _ index: Int = 0) -> String? {
    unsafe withBytes(name) { name in
      unsafe edits.value(WantedName(name), index, in: lines).map { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  /// A head and its lines.
  private func read(_ text: String) -> (HeadBytes, FieldTable) {
    let fields = FieldTable()
    var parser = RequestParser(limits: HTTPLimits())
    let parsed = unsafe withBytes(text) { unsafe parser.parse($0, fields: fields) }
    if case .complete = parsed {} else { Issue.record("the head is good") }
    let slab = Slab()
    unsafe withBytes(text) { unsafe slab.writable.copyMemory(from: $0) }
    slab.produced(text.utf8.count)
    var head = HeadBytes()
    head.take(slab, length: text.utf8.count)
    return (head, fields)
  }

  private func names(_ edits: inout FieldEdits, _ lines: HeadLines) -> [String] {
    var result: [String] = []
    var name = unsafe torii_slice()
    var value = unsafe torii_slice()
    while unsafe edits.line(at: UInt32(result.count), in: lines, &name, &value) == TORII_OK {
      unsafe result.append(String(decoding: UnsafeBufferPointer(start: name.data, count: name.size), as: UTF8.self))
    }
    return result
  }

  @Test("lines that were removed are gone, added ones come last, names are compared without case")
  func edits() throws {
    let text = "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\na: 3\r\n\r\n"
    let (head, fields) = read(text)
    let lines = HeadLines(head, fields, count: fields.count)
    var edits = FieldEdits()
    #expect(value(&edits, lines, "a") == "1")
    #expect(value(&edits, lines, "A", 1) == "3")
    #expect(value(&edits, lines, "A", 2) == nil)
    #expect(value(&edits, lines, "hOST") == "h")
    #expect(value(&edits, lines, "c") == nil)
    edits.remove(line: 1)
    add(&edits, "A", "4")
    #expect(value(&edits, lines, "a") == "3")
    #expect(value(&edits, lines, "a", 1) == "4")
    #expect(names(&edits, lines) == ["Host", "B", "a", "A"])
    edits.remove(added: 0)
    #expect(value(&edits, lines, "a", 1) == nil)
    edits.removeAll()
    #expect(value(&edits, lines, "a") == "1")
    #expect(names(&edits, lines) == ["Host", "A", "B", "a"])
  }

  @Test(
    "all fields of a name are removed, in any case, and no others",
    arguments: [
      ("x-long-name-one", ["Host", "X-Long-Name-Two", "b"]), ("X-LONG-NAME-TWO", ["Host", "X-Long-Name-One", "b"]),
      ("HOST", ["X-Long-Name-One", "X-Long-Name-Two", "b"]),
      ("B", ["Host", "X-Long-Name-One", "X-Long-Name-Two"]),
      ("x-long-name-on", ["Host", "X-Long-Name-One", "X-Long-Name-Two", "b"]),
      ("", ["Host", "X-Long-Name-One", "X-Long-Name-Two", "b"]),
    ])
  func removal(name: String, left: [String]) throws {
    let text = "GET / HTTP/1.1\r\nHost: h\r\nX-Long-Name-One: 1\r\nX-Long-Name-Two: 2\r\n\r\n"
    let (head, fields) = read(text)
    let lines = HeadLines(head, fields, count: fields.count)
    var edits = FieldEdits()
    add(&edits, "b", "1")
    let found = unsafe withBytes(name) { unsafe edits.remove(WantedName($0), in: lines) }
    #expect(found == (left.count < 4))
    #expect(names(&edits, lines) == left)
  }

  @Test("room that is given back changes no field, and more can be added")
  func shrinks() {
    let (head, fields) = read("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n")
    let lines = HeadLines(head, fields, count: fields.count)
    var edits = FieldEdits()
    edits.shrink()
    for index in 0..<5 { add(&edits, "name-\(index)", String(repeating: "v", count: index * 10)) }
    edits.remove(added: 1)
    edits.remove(line: 1)
    let before = names(&edits, lines)
    edits.shrink()
    #expect(names(&edits, lines) == before)
    #expect(value(&edits, lines, "name-4") == String(repeating: "v", count: 40))
    add(&edits, "name-5", "six")
    #expect(names(&edits, lines) == before + ["name-5"])
    #expect(value(&edits, lines, "name-5") == "six")
  }

  @Test("each of 256 lines is removed on its own")
  func bits() {
    for index in 0..<256 {
      var edits = FieldEdits()
      edits.remove(line: index)
      #expect((0..<256).filter { edits.isRemoved(line: $0) } == [index])
    }
  }

  @Test("the last field of a name is found until it is removed")
  func last() {
    var edits = FieldEdits()
    #expect(edits.last(.host) == nil)
    add(&edits, "HOST", "a")
    #expect(edits.last(.host) != nil)
    edits.remove(added: 0)
    #expect(edits.last(.host) == nil)
  }
}
