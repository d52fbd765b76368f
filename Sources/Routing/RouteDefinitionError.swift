/// One fault of one route, found while the router was built. It is the configuration's fault.
public struct RouteDefinitionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The id of the route.
  public var routeID: String
  /// The caller's index of the route.
  public var routeIndex: Int
  /// The field at fault, such as `paths[0]` or `headers.x-version[1]`; empty when the route as a whole is at fault.
  public var field: String
  /// What is wrong, with the position inside a regular expression.
  public var message: String

  /// The route, the field and the message on one line.
  public var description: String {
    field.isEmpty ? "route \(routeID): \(message)" : "route \(routeID): \(field): \(message)"
  }
}

/// Every fault of a set of routes.
public struct RouteDefinitionErrors: Error, Sendable, CustomStringConvertible {
  /// The faults, in the order of the routes given; never empty.
  public var errors: [RouteDefinitionError]

  /// One line a fault.
  public var description: String {
    var text = ""
    for error in errors {
      if !text.isEmpty { text += "\n" }
      text += error.description
    }
    return text
  }
}
