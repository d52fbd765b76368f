/// A piece of the router's byte pool.
struct PoolText: BitwiseCopyable {
  var offset: UInt32 = 0
  var length: UInt32 = 0
}

/// A run of elements of one of the router's tables.
struct TableRange: BitwiseCopyable {
  var start: UInt32 = 0
  var count: UInt32 = 0

  var isEmpty: Bool { count == 0 }
  var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// What is tried as one: a route, or the part of one whose paths have the same priority. Its number is its rank: the
/// lower one wins.
struct RouteEntry: BitwiseCopyable {
  var routeIndex: Int
  var methods = TableRange()
  var hosts = TableRange()
  var paths = TableRange()
  var headers = TableRange()
  var snis = TableRange()
  var httpsRedirectStatusCode: Int
  var requiresTLS: Bool
}

struct HostCriterion: BitwiseCopyable {
  var kind: HostPatternKind
  var text: PoolText
  /// -1: any.
  var port: Int32
}

/// A plain path, or a regular expression by its number.
struct PathCriterion: BitwiseCopyable {
  var text: PoolText
  /// -1 for a plain path.
  var expression: Int32
}

/// A header and the run of its values.
struct HeaderCriterion: BitwiseCopyable {
  var name: PoolText
  var values: TableRange
}

/// A value in lower case, or a regular expression by its number.
struct HeaderValueCriterion: BitwiseCopyable {
  var text: PoolText
  /// -1 for a plain value.
  var expression: Int32
}
