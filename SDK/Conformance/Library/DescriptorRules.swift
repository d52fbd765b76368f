import CToriiPlugin

/// What `torii/plugin.h` §3 says of a descriptor's numbers.
enum DescriptorRules {
  /// What must hold for the other fields to be there at all.
  ///
  /// - Safety: a descriptor has at least its size and its magic number; nothing behind is read before they are right.
  static func usable(_ descriptor: UnsafePointer<torii_plugin_descriptor>) throws(Finding) {
    let size = unsafe Int(descriptor.pointee.struct_size)
    guard unsafe descriptor.pointee.magic == 0x4952_4F54 else {
      throw .failed("the descriptor's magic is not TORII_MAGIC")
    }
    guard size >= GivenStruct.descriptor else {
      throw .failed(
        "the descriptor's struct_size is \(size); ABI 1.0 has \(GivenStruct.descriptor)")
    }
    guard let callbacks = unsafe descriptor.pointee.callbacks else { throw .failed("the descriptor has no callbacks") }
    guard unsafe Int(callbacks.pointee.struct_size) >= GivenStruct.callbacks else {
      throw .failed(
        unsafe "the callbacks' struct_size is \(callbacks.pointee.struct_size); ABI 1.0 has "
          + "\(GivenStruct.callbacks)")
    }
    guard unsafe descriptor.pointee.name != nil, unsafe descriptor.pointee.version != nil else {
      throw .failed("the descriptor has no name or no version")
    }
    guard unsafe callbacks.pointee.start != nil, unsafe callbacks.pointee.config_create != nil,
      unsafe callbacks.pointee.config_destroy != nil
    else { throw .failed("one of the callbacks start, config_create, config_destroy is missing") }
  }

  /// Everything that is wrong with the numbers.
  static func faults(_ descriptor: torii_plugin_descriptor) -> [String] {
    var faults: [String] = []
    if unsafe Int32(descriptor.abi_major) != TORII_ABI_MAJOR {
      faults.append(unsafe "abi_major is \(descriptor.abi_major), this is \(TORII_ABI_MAJOR)")
    }
    if unsafe descriptor.min_host_minor > descriptor.abi_minor {
      faults.append(unsafe "min_host_minor \(descriptor.min_host_minor) is above abi_minor \(descriptor.abi_minor)")
    }
    if unsafe Int32(descriptor.min_host_minor) > TORII_ABI_MINOR {
      faults.append(unsafe "needs ABI 1.\(descriptor.min_host_minor), this is 1.\(TORII_ABI_MINOR)")
    }
    if unsafe descriptor.reserved != 0 { faults.append("reserved is not zero") }
    // One that was built with a later header may have flags that are not known here.
    if unsafe descriptor.flags & ~3 != 0, unsafe Int32(descriptor.abi_minor) <= TORII_ABI_MINOR {
      faults.append(unsafe "flags has unknown bits: \(descriptor.flags)")
    }
    if unsafe descriptor.phases & ~0x3E != 0 { faults.append(unsafe "phases has unknown bits: \(descriptor.phases)") }
    if unsafe descriptor.request_state_size > 65536 {
      faults.append(unsafe "request_state_size is \(descriptor.request_state_size); at most 65536 are given")
    }
    for (name, mode) in unsafe [
      ("request_body_mode", descriptor.request_body_mode), ("response_body_mode", descriptor.response_body_mode),
    ] where mode > 3 { faults.append("\(name) is \(mode), which is no TORII_BODY_…") }
    return faults
  }
}
