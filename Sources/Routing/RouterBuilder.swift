/// Compiles route definitions into the router's tables.
struct RouterBuilder {
  /// A part of a route with one priority, before it has its rank.
  private struct Part {
    var definition: Int
    var id: [UInt8]
    var paths: [Int]
    var priority: UInt64
  }

  /// A part whose hosts and paths would take more places than this in the index is looked up by path alone.
  private static let maximumPlaces = 4096

  private(set) var errors: [RouteDefinitionError] = []
  private(set) var entries: [RouteEntry] = []
  private(set) var methods: [PoolText] = []
  private(set) var hosts: [HostCriterion] = []
  private(set) var snis: [HostCriterion] = []
  private(set) var paths: [PathCriterion] = []
  private(set) var headers: [HeaderCriterion] = []
  private(set) var headerValues: [HeaderValueCriterion] = []
  private(set) var pool: [UInt8] = []
  private(set) var expressions: [RegularExpression] = []
  private(set) var tree = PathTreeBuilder()
  /// The trees of the hosts that are named, and the one of everything else.
  private(set) var hostRoots: [(key: HostTable.Key, root: UInt32)] = []
  private(set) var generalRoot: UInt32 = 0
  /// The regular expression of each path of each definition.
  private var pathExpressions: [[Int32]] = []

  init(_ routes: [RouteDefinition]) {
    var parts: [Part] = []
    for (number, route) in routes.enumerated() {
      pathExpressions.append(compilePaths(route))
      if route.protocols.isEmpty { continue }
      let isEmpty =
        route.methods.isEmpty && route.hosts.isEmpty && route.paths.isEmpty && route.headers.isEmpty
        && route.snis.isEmpty
      if isEmpty { report(route, "", "at least one of methods, hosts, paths, headers and snis must be set") }
      parts += split(route, number)
    }
    parts.sort { one, other in
      if one.priority != other.priority { return one.priority > other.priority }
      if one.id != other.id { return other.id.lexicographicallyPrecedes(one.id) }
      return one.definition < other.definition
    }
    var trees: [HostTable.Key: [PathTreeBuilder.Item]] = [:]
    var general: [PathTreeBuilder.Item] = []
    for (rank, part) in parts.enumerated() {
      addEntry(part, of: routes[part.definition])
      index(part, of: routes[part.definition], rank: UInt32(rank), &trees, &general)
    }
    generalRoot = tree.add(general)
    for (key, items) in trees { hostRoots.append((key, tree.add(items))) }
  }

  private mutating func report(_ route: RouteDefinition, _ field: String, _ message: String) {
    errors.append(RouteDefinitionError(routeID: route.id, routeIndex: route.index, field: field, message: message))
  }

  private mutating func compilePaths(_ route: RouteDefinition) -> [Int32] {
    var numbers: [Int32] = []
    for (index, path) in route.paths.enumerated() {
      if path.utf8.first == UInt8(ascii: "~") {
        numbers.append(compile(String(path.dropFirst()), ignoringCase: false, route, "paths[\(index)]"))
      } else {
        if path.utf8.first != UInt8(ascii: "/") {
          report(route, "paths[\(index)]", "should start with: / (fixed path) or ~/ (regexed path)")
        }
        numbers.append(-1)
      }
    }
    return numbers
  }

  private mutating func compile(_ pattern: String, ignoringCase: Bool, _ route: RouteDefinition, _ field: String)
    -> Int32
  {
    do throws(RegularExpressionError) {
      expressions.append(try RegularExpression(pattern, ignoringCase: ignoringCase))
      return Int32(expressions.count - 1)
    } catch {
      report(route, field, "not a valid regex: \(error)")
      return -1
    }
  }

  /// One part for all regular expressions, one for the plain paths of each length; one for a route without paths.
  private func split(_ route: RouteDefinition, _ number: Int) -> [Part] {
    let id = Bytes.lowercased(route.id.utf8)
    func part(_ paths: [Int], isRegularExpression: Bool, length: Int) -> Part {
      Part(
        definition: number, id: id, paths: paths,
        priority: RoutePriority.of(route, isRegularExpression: isRegularExpression, pathLength: length))
    }
    if route.paths.isEmpty { return [part([], isRegularExpression: false, length: 0)] }
    var regular: [Int] = []
    var plain: [Int: [Int]] = [:]
    for (index, path) in route.paths.enumerated() {
      if path.utf8.first == UInt8(ascii: "~") {
        regular.append(index)
      } else {
        plain[path.utf8.count, default: []].append(index)
      }
    }
    var parts = plain.sorted { $0.key > $1.key }.map { part($0.value, isRegularExpression: false, length: $0.key) }
    if !regular.isEmpty { parts.append(part(regular, isRegularExpression: true, length: 0)) }
    return parts
  }

  private mutating func text(_ bytes: some Collection<UInt8>) -> PoolText {
    let text = PoolText(offset: UInt32(pool.count), length: UInt32(bytes.count))
    pool += bytes
    return text
  }

  private mutating func addEntry(_ part: Part, of route: RouteDefinition) {
    let isTLSOnly = route.protocols.isDisjoint(with: [.http, .grpc])
    var entry = RouteEntry(
      routeIndex: route.index, httpsRedirectStatusCode: route.httpsRedirectStatusCode, requiresTLS: isTLSOnly)
    entry.methods = TableRange(start: UInt32(methods.count), count: UInt32(route.methods.count))
    for method in route.methods { methods.append(text(method.utf8)) }
    entry.hosts = TableRange(start: UInt32(hosts.count), count: UInt32(route.hosts.count))
    for host in route.hosts {
      let pattern = HostPattern(host)
      hosts.append(
        HostCriterion(kind: pattern.kind, text: text(pattern.text), port: pattern.port.map(Int32.init) ?? -1))
    }
    entry.snis = TableRange(start: UInt32(snis.count), count: UInt32(route.snis.count))
    for sni in route.snis {
      var pattern = HostPattern(sni)
      // The dot that ends a fully qualified name is not part of what a client sends.
      if pattern.text.count > 1, pattern.text.last == UInt8(ascii: "."), pattern.kind != .prefix {
        pattern.text.removeLast()
      }
      snis.append(HostCriterion(kind: pattern.kind, text: text(pattern.text), port: -1))
    }
    entry.paths = TableRange(start: UInt32(paths.count), count: UInt32(part.paths.count))
    for index in part.paths {
      let path = route.paths[index].utf8
      paths.append(PathCriterion(text: text(path), expression: pathExpressions[part.definition][index]))
    }
    addHeaders(of: route, to: &entry)
    entries.append(entry)
  }

  private mutating func addHeaders(of route: RouteDefinition, to entry: inout RouteEntry) {
    entry.headers = TableRange(start: UInt32(headers.count), count: UInt32(route.headers.count))
    for header in route.headers {
      let name = text(Bytes.lowercased(header.name.utf8))
      let values = TableRange(start: UInt32(headerValues.count), count: UInt32(header.values.count))
      for (index, value) in header.values.enumerated() {
        if value.hasPrefix("~*") {
          let field = "headers.\(header.name)[\(index)]"
          let number = compile(String(value.dropFirst(2)), ignoringCase: true, route, field)
          headerValues.append(HeaderValueCriterion(text: PoolText(), expression: number))
        } else {
          headerValues.append(HeaderValueCriterion(text: text(Bytes.lowercased(value.utf8)), expression: -1))
        }
      }
      headers.append(HeaderCriterion(name: name, values: values))
    }
  }

  /// Puts a part where a request that it matches will look: under each of its hosts, at what its paths begin with.
  private func index(
    _ part: Part, of route: RouteDefinition, rank: UInt32, _ trees: inout [HostTable.Key: [PathTreeBuilder.Item]],
    _ general: inout [PathTreeBuilder.Item]
  ) {
    let keys: [[UInt8]] =
      part.paths.isEmpty
      ? [[]]
      : part.paths.map { index in
        if route.paths[index].utf8.first != UInt8(ascii: "~") { return Array(route.paths[index].utf8) }
        let number = Int(pathExpressions[part.definition][index])
        return expressions.indices.contains(number) ? expressions[number].literalPrefix : []
      }
    let patterns = route.hosts.map { HostPattern($0) }
    let isOrdinary = patterns.allSatisfy { pattern in
      switch pattern.kind {
      case .exact: return true
      case .suffix: return pattern.text.first == UInt8(ascii: ".")
      case .prefix: return pattern.text.last == UInt8(ascii: ".")
      }
    }
    if patterns.isEmpty || !isOrdinary || patterns.count * keys.count > Self.maximumPlaces {
      for key in keys { general.append(.init(key: key, rank: rank)) }
      return
    }
    for pattern in patterns {
      let host = HostTable.Key(kind: pattern.kind, text: pattern.text)
      for key in keys { trees[host, default: []].append(.init(key: key, rank: rank)) }
    }
  }
}
