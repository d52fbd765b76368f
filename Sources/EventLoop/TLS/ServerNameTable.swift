import COpenSSL

/// Which certificate a server shows for which host name (server name indication, RFC 6066 section 3).
///
/// Safety: the table owns the contexts added with `isOwned` and frees them in `deinit`.
@safe
struct ServerNameTable: ~Copyable {
  private var exact: [String: OpaquePointer] = unsafe [:]
  /// By what follows the `*`, dot included.
  private var wildcard: [String: OpaquePointer] = unsafe [:]
  private var owned: [OpaquePointer] = unsafe []

  init() {}

  deinit {
    unsafe owned.forEach { unsafe SSL_CTX_free($0) }
  }

  /// Adds a context for names; a name that is already there keeps its context.
  mutating func add(_ context: OpaquePointer, isOwned: Bool, for names: [String]) {
    if isOwned { unsafe owned.append(context) }
    for name in names.map(Self.normalized) {
      if name.hasPrefix("*.") {
        let suffix = String(name.dropFirst())
        if unsafe wildcard[suffix] == nil { unsafe wildcard[suffix] = context }
      } else if unsafe exact[name] == nil {
        unsafe exact[name] = context
      }
    }
  }

  /// The context for a name: the exact one, or that of a wildcard for its first label (RFC 6125 section 6.4.3).
  borrowing func context(for name: String) -> OpaquePointer? {
    let name = Self.normalized(name)
    if let context = unsafe exact[name] { return unsafe context }
    guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
    return unsafe wildcard[String(name[dot...])]
  }

  private static func normalized(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
