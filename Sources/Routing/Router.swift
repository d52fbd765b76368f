/// Finds the route for a request, with the semantics of Kong's router flavour `traditional_compatible`.
///
/// Criteria of different kinds must all hold, of one kind any one; of the routes that match, the one of the highest priority wins
/// (see ``RoutePriority``), of equal ones the one with the higher id.
///
/// Routes are indexed by host and then by a tree over the bytes their paths begin with, so the cost of a match does not grow with
/// the number of routes, as long as they differ in one of the two.
///
/// Immutable once made; but matching uses memory of the regular expressions, so use a router from one thread at a time.
public final class Router {
  let entries: FixedTable<RouteEntry>
  let methods: FixedTable<PoolText>
  let hosts: FixedTable<HostCriterion>
  let snis: FixedTable<HostCriterion>
  let paths: FixedTable<PathCriterion>
  let headers: FixedTable<HeaderCriterion>
  let headerValues: FixedTable<HeaderValueCriterion>
  let pool: FixedTable<UInt8>
  let expressions: [RegularExpression]
  private let nodes: FixedTable<PathTreeNode>
  private let ranks: FixedTable<UInt32>
  private let labels: FixedTable<UInt8>
  private let generalRoot: UInt32
  private let hostTable: HostTable

  /// Compiles routes.
  ///
  /// - Throws: Every fault of every route, if there is any.
  public init(_ routes: [RouteDefinition]) throws(RouteDefinitionErrors) {
    let builder = RouterBuilder(routes)
    if !builder.errors.isEmpty { throw RouteDefinitionErrors(errors: builder.errors) }
    entries = FixedTable(builder.entries)
    methods = FixedTable(builder.methods)
    hosts = FixedTable(builder.hosts)
    snis = FixedTable(builder.snis)
    paths = FixedTable(builder.paths)
    headers = FixedTable(builder.headers)
    headerValues = FixedTable(builder.headerValues)
    pool = FixedTable(builder.pool)
    expressions = builder.expressions
    nodes = FixedTable(builder.tree.nodes)
    ranks = FixedTable(builder.tree.ranks)
    labels = FixedTable(builder.tree.pool)
    generalRoot = builder.generalRoot
    hostTable = HostTable(builder.hostRoots)
  }

  /// Finds the route for a request that has no header fields.
  public func match(_ request: borrowing RouteRequest, result: inout RouteMatch) -> Bool {
    match(request, fields: NoHeaderFields(), result: &result)
  }

  /// Finds the route for a request. Allocates nothing unless regular expressions are tried, and then only the first time.
  ///
  /// - Parameters:
  ///   - request: The request's parts.
  ///   - fields: Its header fields, asked for only by routes with header criteria.
  ///   - result: Set if a route matches; otherwise its content means nothing.
  /// - Returns: Whether a route matches.
  public func match<Fields: RouteHeaderFields & ~Copyable & ~Escapable>(
    _ request: borrowing RouteRequest, fields: borrowing Fields, result: inout RouteMatch
  ) -> Bool {
    let host = unsafe Span<UInt8>(_unsafeElements: request.host.bindMemory(to: UInt8.self))
    let name = HostName(host)
    let listenerPort = UInt32(request.listenerPort)
    let port = name.port ?? listenerPort
    var best = UInt32(entries.count)
    walk(generalRoot, request, host, name.length, port, fields, &best, &result)
    if hostTable.hasExact || hostTable.hasPrefixes {
      var hash = HostTable.seed
      for offset in 0..<name.length {
        HostTable.mix(&hash, Bytes.lowercased(host[offset]))
        guard hostTable.hasPrefixes, host[offset] == UInt8(ascii: ".") else { continue }
        if let root = hostTable.root(.prefix, hash, host, 0..<offset + 1) {
          walk(root, request, host, name.length, port, fields, &best, &result)
        }
      }
      if hostTable.hasExact, let root = hostTable.root(.exact, hash, host, 0..<name.length) {
        walk(root, request, host, name.length, port, fields, &best, &result)
      }
    }
    if hostTable.hasSuffixes {
      var hash = HostTable.seed
      for offset in (0..<name.length).reversed() {
        HostTable.mix(&hash, Bytes.lowercased(host[offset]))
        guard host[offset] == UInt8(ascii: ".") else { continue }
        if let root = hostTable.root(.suffix, hash, host, offset..<name.length) {
          walk(root, request, host, name.length, port, fields, &best, &result)
        }
      }
    }
    guard best < entries.count else { return false }
    let entry = entries[best]
    result.routeIndex = entry.routeIndex
    result.requiresTLS = entry.requiresTLS
    result.httpsRedirectStatusCode = entry.httpsRedirectStatusCode
    return true
  }

  /// Tries the entries of a tree along the request's path that would beat `best`.
  private func walk<Fields: RouteHeaderFields & ~Copyable & ~Escapable>(
    _ root: UInt32, _ request: borrowing RouteRequest, _ host: Span<UInt8>, _ hostLength: Int, _ port: UInt32,
    _ fields: borrowing Fields, _ best: inout UInt32, _ result: inout RouteMatch
  ) {
    let path = unsafe Span<UInt8>(_unsafeElements: request.path.bindMemory(to: UInt8.self))
    var node = nodes[root]
    var depth = 0
    while true {
      let length = Int(node.label.length)
      if path.count - depth < length { return }
      for offset in 0..<length where labels[Int(node.label.offset) + offset] != path[depth + offset] { return }
      depth += length
      for index in node.ranks.indices {
        let rank = ranks[index]
        if rank >= best { break }
        if accepts(entries[rank], request, host, hostLength, port, path, fields, &result) {
          best = rank
          break
        }
      }
      guard depth < path.count, let child = child(of: node, path[depth]) else { return }
      node = child
    }
  }

  /// The child whose label begins with a byte.
  private func child(of node: PathTreeNode, _ byte: UInt8) -> PathTreeNode? {
    var low = Int(node.children.start)
    var high = low + Int(node.children.count)
    while low < high {
      let middle = low + (high - low) / 2
      let candidate = nodes[middle]
      let first = labels[candidate.label.offset]
      if first == byte { return candidate }
      if first < byte { low = middle + 1 } else { high = middle }
    }
    return nil
  }
}
