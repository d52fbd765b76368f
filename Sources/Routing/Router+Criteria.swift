/// The criteria of one entry, tried from the cheapest to the dearest.
extension Router {
  /// Whether a request meets all criteria of an entry. The path comes last, so that what it writes into `result` counts.
  func accepts<Fields: RouteHeaderFields & ~Copyable & ~Escapable>(
    _ entry: RouteEntry, _ request: borrowing RouteRequest, _ host: Span<UInt8>, _ hostLength: Int, _ port: UInt32,
    _ path: Span<UInt8>, _ fields: borrowing Fields, _ result: inout RouteMatch
  ) -> Bool {
    if !entry.methods.isEmpty, !acceptsMethod(entry.methods, request) { return false }
    if !entry.hosts.isEmpty, !acceptsHost(hosts, entry.hosts, host, hostLength, port) { return false }
    if request.isTLS, !entry.snis.isEmpty, !acceptsServerName(entry.snis, request) { return false }
    if !entry.headers.isEmpty, !acceptsHeaders(entry.headers, fields) { return false }
    return acceptsPath(entry.paths, path, &result)
  }

  private func acceptsMethod(_ range: TableRange, _ request: borrowing RouteRequest) -> Bool {
    let method = unsafe Span<UInt8>(_unsafeElements: request.method.bindMemory(to: UInt8.self))
    for index in range.indices where Int(methods[index].length) == method.count && begins(method, methods[index]) {
      return true
    }
    return false
  }

  private func acceptsHost(
    _ table: borrowing FixedTable<HostCriterion>, _ range: TableRange, _ name: Span<UInt8>, _ length: Int,
    _ port: UInt32
  ) -> Bool {
    for index in range.indices {
      let criterion = table[index]
      if criterion.port >= 0, UInt32(criterion.port) != port { continue }
      let textLength = Int(criterion.text.length)
      if textLength > length || criterion.kind == .exact && textLength != length { continue }
      let start = criterion.kind == .suffix ? length - textLength : 0
      if equalsIgnoringCase(name, from: start, criterion.text) { return true }
    }
    return false
  }

  private func acceptsServerName(_ range: TableRange, _ request: borrowing RouteRequest) -> Bool {
    guard let sni = unsafe request.sni else { return false }
    let name = unsafe Span<UInt8>(_unsafeElements: sni.bindMemory(to: UInt8.self))
    return acceptsHost(snis, range, name, name.count, 0)
  }

  private func acceptsHeaders<Fields: RouteHeaderFields & ~Copyable & ~Escapable>(
    _ range: TableRange, _ fields: borrowing Fields
  ) -> Bool {
    for index in range.indices where !acceptsHeader(headers[index], fields) { return false }
    return true
  }

  /// Whether any value of the request's fields of this name is one of those accepted.
  private func acceptsHeader<Fields: RouteHeaderFields & ~Copyable & ~Escapable>(
    _ criterion: HeaderCriterion, _ fields: borrowing Fields
  ) -> Bool {
    var cursor = 0
    // The name is a view of the router's own pool, which lives as long as the router.
    let name = unsafe pool.view(Int(criterion.name.offset), Int(criterion.name.length))
    while let view = unsafe fields.nextValue(of: name, cursor: &cursor) {
      let value = unsafe Span<UInt8>(_unsafeElements: view.bindMemory(to: UInt8.self))
      for index in criterion.values.indices {
        let accepted = headerValues[index]
        if accepted.expression >= 0 {
          if expressions[Int(accepted.expression)].isMatch(value) { return true }
        } else if Int(accepted.text.length) == value.count, equalsIgnoringCase(value, from: 0, accepted.text) {
          return true
        }
      }
    }
    return false
  }

  private func acceptsPath(_ range: TableRange, _ path: Span<UInt8>, _ result: inout RouteMatch) -> Bool {
    if range.isEmpty {
      result.setPlainPath(length: 0, isCriterion: false)
      return true
    }
    for index in range.indices {
      let criterion = paths[index]
      if criterion.expression >= 0 {
        let expression = expressions[Int(criterion.expression)]
        guard let length = expression.matchPrefix(path, captures: &result.uriCaptures) else { continue }
        result.matchedPrefixLength = length
        result.pathCriterionMatched = true
        result.uriCaptureNames = expression.captureNames
        return true
      }
      if begins(path, criterion.text) {
        result.setPlainPath(length: Int(criterion.text.length), isCriterion: true)
        return true
      }
    }
    return false
  }

  private func begins(_ text: Span<UInt8>, _ prefix: PoolText) -> Bool {
    let length = Int(prefix.length)
    if length > text.count { return false }
    for offset in 0..<length where text[offset] != pool[Int(prefix.offset) + offset] { return false }
    return true
  }

  /// Whether a piece of the text is the pool's piece, which is in lower case and no longer than the text.
  private func equalsIgnoringCase(_ text: Span<UInt8>, from start: Int, _ other: PoolText) -> Bool {
    for offset in 0..<Int(other.length)
    where Bytes.lowercased(text[start + offset]) != pool[Int(other.offset) + offset] {
      return false
    }
    return true
  }
}
