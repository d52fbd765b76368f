import CLinux
import Configuration
import Glibc
import JSON

/// A generation as it travels from the controller to the workers: the configuration, and which libraries it uses.
public struct GenerationDocument: Sendable {
  /// A plugin's library.
  public struct Library: Sendable, Equatable {
    /// Where the file lies.
    public var path: String
    /// What tells two builds at one path apart: device, inode, size and time of change.
    public var identity: String

    /// Makes one.
    public init(path: String, identity: String) {
      self.path = path
      self.identity = identity
    }
  }

  /// Counts up.
  public var number: Int
  /// The configuration, vault references as written.
  public var configuration: GatewayConfiguration
  /// By plugin name.
  public var libraries: [String: Library]

  /// Makes a document.
  public init(number: Int, configuration: GatewayConfiguration, libraries: [String: Library]) {
    self.number = number
    self.configuration = configuration
    self.libraries = libraries
  }

  /// Reads what ``encoded()`` wrote.
  public init?(_ text: [UInt8]) {
    guard let node = try? JSONNode(parsing: text), let number = node["number"]?.integer,
      let configuration = node["configuration"], let libraries = node["libraries"]?.members
    else { return nil }
    self.number = number
    self.configuration = GatewayConfiguration(encoded: configuration)
    self.libraries = [:]
    for member in libraries {
      guard let path = member.value["path"]?.string, let identity = member.value["identity"]?.string else { return nil }
      self.libraries[member.name] = Library(path: path, identity: identity)
    }
  }

  /// The document as JSON text.
  public func encoded() -> [UInt8] {
    let members = libraries.sorted { $0.key < $1.key }.map { name, library in
      JSONNode.Member(
        name: name,
        value: JSONNode(
          .object([
            .init(name: "path", value: JSONNode(.string(library.path))),
            .init(name: "identity", value: JSONNode(.string(library.identity))),
          ])))
    }
    return JSONNode(
      .object([
        .init(name: "number", value: JSONNode(.number(String(number)))),
        .init(name: "configuration", value: configuration.encoded()),
        .init(name: "libraries", value: JSONNode(.object(members))),
      ])
    ).serialized()
  }

  /// Puts the document into memory that can be handed to another process: it never lies on a disk, as it holds secrets.
  public func sealed() -> Int32? {
    let descriptor = unsafe clinux_memfd_create("torii-generation", 1)
    guard descriptor >= 0 else { return nil }
    let bytes = encoded()
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
      }
      guard count > 0 else {
        close(descriptor)
        return nil
      }
      written += count
    }
    return descriptor
  }

  /// Reads a document from memory that another process handed over. The descriptor is closed.
  public init?(sealed descriptor: Int32) {
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, Int32(SEEK_END))
    guard size > 0, size < 1 << 30 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes {
        unsafe pread(descriptor, $0.baseAddress.map { unsafe $0 + offset }, $0.count - offset, offset)
      }
      guard count > 0 else { return nil }
      offset += count
    }
    self.init(bytes)
  }
}

extension GenerationDocument.Library {
  /// The library file at a path, as it is now; `nil` when there is none.
  public static func at(_ path: String) -> GenerationDocument.Library? {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return nil }
    let time = facts.st_mtim
    return .init(
      path: path, identity: "\(facts.st_dev).\(facts.st_ino).\(facts.st_size).\(time.tv_sec).\(time.tv_nsec)")
  }
}
