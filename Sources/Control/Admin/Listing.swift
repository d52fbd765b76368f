import Configuration
import JSON

/// Pages of collections: order, size, marks, filters.
struct Listing {
  private static let defaultSize = 100
  private static let sizes = 1...1000

  /// The path of the collection, as the links to further pages name it.
  let path: String
  /// Whether the collection is the part of another that refers to one entity; links to further pages carry nothing else then.
  let isNested: Bool
  private let size: Int
  private let sizeText: String?
  private let after: String?
  private let filter: TagFilter?
  private let tags: String?

  /// Reads the arguments of a query.
  init(_ request: ServerRequest, path: String, isNested: Bool) throws(AdminProblem) {
    self.path = path
    self.isNested = isNested
    sizeText = request.argument("size")
    size = try Self.size(sizeText)
    after = try request.argument("offset").map(Self.mark)
    tags = request.arguments.last { $0.name == "tags" }.map { $0.value ?? "" }
    filter = try tags.map { (text) throws(AdminProblem) in try TagFilter(text) }
  }

  private static func size(_ text: String?) throws(AdminProblem) -> Int {
    guard let text else { return defaultSize }
    guard let number = Double(text) else { throw .invalidSize("size must be a number") }
    guard let size = Int(exactly: number), sizes.contains(size) else {
      throw .invalidSize("size must be an integer between \(sizes.lowerBound) and \(sizes.upperBound)")
    }
    return size
  }

  // A mark is the key of the last element of a page, in a form that nobody takes for something to build.
  private static func mark(_ offset: String) throws(AdminProblem) -> String {
    guard let bytes = Base64.decode(offset.utf8) else { throw .invalidOffset(offset, "bad base64 encoding") }
    guard let node = try? JSONNode(parsing: bytes), let key = node[0]?.string else {
      throw .invalidOffset(offset, "bad json encoding")
    }
    return key
  }

  /// The answer: one page of entities.
  func page(_ nodes: [JSONNode], key: (JSONNode) -> String = { $0.text("id") ?? "" }) -> JSONNode {
    let matching = nodes.filter { filter?.matches($0["tags"]?.strings ?? []) ?? true }
    var keyed = matching.map { (key: key($0), node: $0) }
    if let after {
      keyed = keyed.filter { $0.key.utf8.lexicographicallyPrecedes(after.utf8) == false && $0.key != after }
    }
    keyed.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let data = JSONNode(keyed.prefix(size).map(\.node))
    guard keyed.count > size, let last = keyed.prefix(size).last else {
      return ["data": data, "next": nil]
    }
    let offset = Base64.encode(JSONNode(strings: [last.key]).serialized())
    var next = "\(path)?offset=\(PercentCoding.encode(offset))"
    if !isNested {
      if let tags { next += "&tags=\(PercentCoding.encode(tags))" }
      if let sizeText { next += "&size=\(PercentCoding.encode(sizeText))" }
    }
    return ["data": data, "next": JSONNode(next), "offset": JSONNode(offset)]
  }
}

/// A filter by tags: `a,b` asks for both, `a/b` for one of them.
struct TagFilter {
  private static let limit = 5
  private let tags: [String]
  private let needsAll: Bool

  init(_ text: String) throws(AdminProblem) {
    guard !text.isEmpty else { throw .invalidOption("tags", "cannot be null") }
    let isMixed = text.contains(",") && text.contains("/")
    guard !isMixed, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw .invalidOption("tags", "invalid filter syntax")
    }
    needsAll = !text.contains("/")
    tags = text.split(separator: needsAll ? "," : "/", omittingEmptySubsequences: false).map(String.init)
    guard !tags.contains("") else { throw .invalidOption("tags", "invalid filter syntax") }
    guard tags.count <= Self.limit else { throw .invalidOption("tags", "cannot query more than \(Self.limit) tags") }
  }

  func matches(_ own: [String]) -> Bool {
    needsAll ? tags.allSatisfy(own.contains) : tags.contains(where: own.contains)
  }
}
