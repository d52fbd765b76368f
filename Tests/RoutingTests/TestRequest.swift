@testable import Routing

/// A request that owns its bytes.
struct TestRequest {
  var method = "GET"
  var host = "golden.test"
  var path: [UInt8]
  var isTLS = false
  var sni: String?
  var listenerPort: UInt16 = 8000
  var headers: [(String, String)] = []

  /// What the router says: the match, or nil.
  func match(_ router: Router) -> RouteMatch? {
    var result = RouteMatch()
    return match(router, &result) ? result : nil
  }

  func match(_ router: Router, _ result: inout RouteMatch) -> Bool {
    let fields = TestFields(headers)
    let method = Array(method.utf8)
    let host = Array(host.utf8)
    let sniBytes = Array((sni ?? "").utf8)
    return unsafe method.withUnsafeBytes { method in
      unsafe host.withUnsafeBytes { host in
        unsafe path.withUnsafeBytes { path in
          unsafe sniBytes.withUnsafeBytes { sniBytes in
            let request = unsafe RouteRequest(
              method: method, host: host, path: path, isTLS: isTLS, sni: sni == nil ? nil : sniBytes,
              listenerPort: listenerPort)
            return router.match(request, fields: fields, result: &result)
          }
        }
      }
    }
  }
}

/// Header fields whose bytes the object owns: they live as long as it does.
@safe
final class TestFields: RouteHeaderFields {
  private let names: [[UInt8]]
  private let values: [UnsafeMutableRawBufferPointer]

  init(_ fields: [(String, String)]) {
    names = fields.map { Array($0.0.lowercased().utf8) }
    unsafe values = fields.map { field in
      let bytes = Array(field.1.utf8)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      unsafe buffer.copyBytes(from: bytes)
      return unsafe buffer
    }
  }

  deinit {
    for index in unsafe values.indices { unsafe values[index].deallocate() }
  }

  func nextValue(of name: UnsafeRawBufferPointer, cursor: inout Int) -> UnsafeRawBufferPointer? {
    while cursor < names.count {
      cursor += 1
      if unsafe names[cursor - 1].elementsEqual(name) { return unsafe UnsafeRawBufferPointer(values[cursor - 1]) }
    }
    return nil
  }
}

/// Calls with arrays in place of pointers.
enum Call {
  static func check(_ path: String) -> PathNormalizer.Verdict {
    unsafe Array(path.utf8).withUnsafeBytes { PathNormalizer.check($0) }
  }

  static func needsNormalization(_ path: [UInt8]) -> Bool {
    unsafe path.withUnsafeBytes { PathNormalizer.needsNormalization($0) }
  }

  static func normalize(_ path: [UInt8]) -> [UInt8] {
    var output: [UInt8] = [1, 2, 3]
    unsafe path.withUnsafeBytes { PathNormalizer.normalize($0, into: &output) }
    return output
  }

  static func normalize(_ path: String) -> String { String(decoding: normalize(Array(path.utf8)), as: UTF8.self) }

  static func upstream(service: String, path: [UInt8], matched: Int, strip: Bool) -> String {
    var output: [UInt8] = []
    unsafe Array(service.utf8).withUnsafeBytes { service in
      unsafe path.withUnsafeBytes { path in
        UpstreamURI.build(
          servicePath: service, normalizedPath: path, matchedPrefixLength: matched, stripPath: strip, into: &output)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  static func prefixMatch(_ expression: RegularExpression, _ text: [UInt8]) -> (length: Int, captures: [Range<Int>?])? {
    var captures = RegularExpressionCaptures()
    guard let length = unsafe text.withUnsafeBytes({ expression.matchPrefix($0, captures: &captures) }) else {
      return nil
    }
    return (length, (0..<captures.count).map { captures[$0] })
  }

  static func firstMatch(_ expression: RegularExpression, _ text: [UInt8]) -> [Range<Int>?]? {
    var captures = RegularExpressionCaptures()
    guard unsafe text.withUnsafeBytes({ expression.firstMatch(in: $0, captures: &captures) }) else { return nil }
    return (0..<captures.count).map { captures[$0] }
  }

  static func isMatch(_ expression: RegularExpression, _ text: [UInt8]) -> Bool {
    unsafe text.withUnsafeBytes { expression.isMatch($0) }
  }
}
