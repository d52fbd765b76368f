/// Where in a configuration something stands: `services[0].routes[0].paths[0]`, positions from 0.
public struct ConfigurationPath: Hashable, Sendable, CustomStringConvertible {
  /// One step down.
  public enum Component: Hashable, Sendable {
    /// The member of an object.
    case key(String)
    /// The element of an array, from 0.
    case index(Int)
  }

  /// The steps from the top of the document.
  public var components: [Component]

  /// Makes a path; without steps it names the document itself.
  public init(_ components: [Component] = []) {
    self.components = components
  }

  /// The path of a member.
  public func appending(_ key: String) -> ConfigurationPath {
    ConfigurationPath(components + [.key(key)])
  }

  /// The path of an element, from 0.
  public func appending(_ index: Int) -> ConfigurationPath {
    ConfigurationPath(components + [.index(index)])
  }

  /// The path of what stands below.
  public func appending(_ other: ConfigurationPath) -> ConfigurationPath {
    ConfigurationPath(components + other.components)
  }

  /// The path as text; keys that are not plain words stand in brackets and quotes: `headers["x.y"]`.
  public var description: String {
    var text = ""
    for component in components {
      switch component {
      case .index(let index):
        text += "[\(index)]"
      case .key(let key) where key.utf8.allSatisfy(Self.isPlain) && !key.isEmpty:
        text += text.isEmpty ? key : ".\(key)"
      case .key(let key):
        text += "[\"\(key)\"]"
      }
    }
    return text
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: byte >= 0x80
    }
  }
}
