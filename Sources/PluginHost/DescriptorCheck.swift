import CToriiPlugin

/// Checks what a library says of itself before anything of it is used.
enum DescriptorCheck {
  /// What of a descriptor was found good.
  @unsafe struct Checked {
    var name: String
    var version: String
    /// The host's own copies, as large as its version of them: never freed, as libraries are not.
    var descriptor: UnsafePointer<torii_plugin_descriptor>
    var callbacks: UnsafePointer<torii_plugin_callbacks>
  }

  /// The largest request state a plugin may ask for, in bytes (`torii/plugin.h` §3).
  static let maximumRequestState: UInt32 = 65536

  /// - Safety: `descriptor` came from the library's entry point; `struct_size` is read before any later field.
  static func check(
    _ descriptor: UnsafePointer<torii_plugin_descriptor>, path: String
  ) throws(PluginLibraryError) -> Checked {
    func refuse(_ reason: String) -> PluginLibraryError { PluginLibraryError(path: path, reason: reason) }
    let size = unsafe Int(descriptor.pointee.struct_size)
    var described = unsafe torii_plugin_descriptor()
    guard unsafe PluginStruct.read(descriptor, atLeast: PluginStruct.descriptor, into: &described) else {
      throw refuse("its descriptor is \(size) bytes, less than ABI 1.0 has: build it against torii/plugin.h")
    }
    guard unsafe described.magic == 0x4952_4F54 else { throw refuse("its descriptor lacks the magic number") }
    guard unsafe Int32(described.abi_major) == TORII_ABI_MAJOR else {
      throw refuse(
        unsafe "built for ABI major \(described.abi_major), this gateway serves \(TORII_ABI_MAJOR): build it anew")
    }
    guard unsafe Int32(described.min_host_minor) <= TORII_ABI_MINOR else {
      throw refuse(
        unsafe "needs ABI 1.\(described.min_host_minor), this gateway has 1.\(TORII_ABI_MINOR): upgrade the gateway")
    }
    guard let namePointer = unsafe described.name, let versionPointer = unsafe described.version else {
      throw refuse("its descriptor has no name or no version")
    }
    let name = unsafe String(cString: namePointer)
    guard isName(name) else {
      throw refuse("its name '\(name)' is not 1 to 63 of lower case letters, digits and '-'")
    }
    let version = unsafe String(cString: versionPointer)
    guard SemanticVersion.isValid(version) else {
      throw refuse("its version '\(version)' is not of Semantic Versioning 2.0.0: write MAJOR.MINOR.PATCH, as in 1.0.0")
    }
    guard let given = unsafe described.callbacks else { throw refuse("its descriptor has no callbacks") }
    var table = torii_plugin_callbacks()
    guard unsafe PluginStruct.read(given, atLeast: PluginStruct.callbacks, into: &table) else {
      throw refuse("its table of callbacks is smaller than ABI 1.0 has")
    }
    let callbacks = UnsafeMutablePointer<torii_plugin_callbacks>.allocate(capacity: 1)
    unsafe callbacks.initialize(to: table)
    let own = UnsafeMutablePointer<torii_plugin_descriptor>.allocate(capacity: 1)
    unsafe own.initialize(to: described)
    guard unsafe described.request_state_size <= maximumRequestState else {
      throw refuse(unsafe "asks for \(described.request_state_size) bytes of request state; at most 65536 are given")
    }
    guard unsafe callbacks.pointee.start != nil, unsafe callbacks.pointee.config_create != nil,
      unsafe callbacks.pointee.config_destroy != nil
    else { throw refuse("lacks one of the callbacks start, config_create, config_destroy") }
    try unsafe checkPhases(described, callbacks, refuse)
    return unsafe Checked(
      name: name, version: version, descriptor: UnsafePointer(own), callbacks: UnsafePointer(callbacks))
  }

  /// A phase that is listed has its callback, and no unknown phase is listed.
  private static func checkPhases(
    _ described: torii_plugin_descriptor, _ callbacks: UnsafePointer<torii_plugin_callbacks>,
    _ refuse: (String) -> PluginLibraryError
  ) throws(PluginLibraryError) {
    let present = unsafe [
      (TORII_PHASE_ACCESS, "access", callbacks.pointee.access != nil),
      (TORII_PHASE_REQUEST_BODY, "request_body", callbacks.pointee.request_body != nil),
      (TORII_PHASE_HEADER_FILTER, "header_filter", callbacks.pointee.header_filter != nil),
      (TORII_PHASE_BODY_FILTER, "body_filter", callbacks.pointee.body_filter != nil),
      (TORII_PHASE_LOG, "log", callbacks.pointee.log != nil),
    ]
    var known: UInt32 = 0
    for (phase, phaseName, isPresent) in present {
      let bit = UInt32(1) << UInt32(phase)
      known |= bit
      if unsafe described.phases & bit != 0, !isPresent {
        throw refuse("lists the phase \(phaseName) but has no callback for it")
      }
    }
    if unsafe described.phases & ~known != 0 {
      throw refuse("lists phases this gateway does not know")
    }
    for mode in unsafe [described.request_body_mode, described.response_body_mode]
    where mode > UInt32(TORII_BODY_WHOLE) {
      throw refuse("wants a body in mode \(mode), which this gateway does not know")
    }
  }

  private static func isName(_ name: String) -> Bool {
    (1...63).contains(name.utf8.count)
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
  }
}
