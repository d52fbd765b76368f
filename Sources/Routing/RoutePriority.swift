/// The order of routes as one number, higher first (the layout of Kong's router flavour `traditional_compatible`):
///
/// | bits | content |
/// |---|---|
/// | 63–61 | how many of methods, hosts, headers, server names and paths are given |
/// | 60 | hosts are given and none has a wildcard |
/// | 59–52 | the number of headers, at most 255 |
/// | 51 | the path is a regular expression |
/// | 50–19 | the regular expression priority, offset by 2³¹ so that negative ones come last |
/// | 18–0 | the length of a plain path in bytes |
enum RoutePriority {
  static func of(_ route: RouteDefinition, isRegularExpression: Bool, pathLength: Int) -> UInt64 {
    let attributes = [
      !route.methods.isEmpty, !route.hosts.isEmpty, !route.headers.isEmpty, !route.snis.isEmpty, !route.paths.isEmpty,
    ]
    var priority = UInt64(attributes.count { $0 }) << 61
    if !route.hosts.isEmpty, !route.hosts.contains(where: { $0.utf8.contains(UInt8(ascii: "*")) }) {
      priority |= 1 << 60
    }
    let names = Set(route.headers.map { Bytes.lowercased($0.name.utf8) })
    priority |= UInt64(min(names.count, 255)) << 52
    if isRegularExpression {
      let biased = Int64(Int32(clamping: route.regexPriority)) + (1 << 31)
      priority |= 1 << 51 | UInt64(biased) << 19
    } else {
      priority |= UInt64(min(pathLength, 0x7ffff))
    }
    return priority
  }
}
