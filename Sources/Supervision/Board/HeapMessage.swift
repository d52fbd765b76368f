/// What the C library says when it finds its heap damaged, before it ends the process.
///
/// It finds out when it next looks at the damaged place, which may be much later, in the call of somebody else: who wrote there is not known
/// any more. The exceptions are what a caller does with the very call: glibc's malloc/malloc.c, `malloc_printerr`.
struct HeapMessage {
  private let text: String

  /// - Returns: `nil` for what has nothing to do with the heap: an assertion, a C++ exception that nobody caught.
  init?(_ text: String) {
    let starts = [
      "free()", "malloc", "realloc()", "calloc()", "munmap_chunk()", "mremap_chunk()", "corrupted", "double free",
      "break adjusted", "invalid fastbin", "unaligned", "tcache_thread_shutdown()",
      // Assertions, as they are told by glibc from 2.36 on; before, the program's name comes first.
      "Fatal glibc error: malloc.c:", "torii: malloc.c:",
    ]
    guard starts.contains(where: text.hasPrefix) else { return nil }
    self.text = text
  }

  /// Whether the one that called has done it.
  /// - Parameter isDirect: it is known who called.
  func isCallersDoing(_ isDirect: Bool) -> Bool {
    // A pointer that was given back before, or that never came from the heap.
    let own = [
      "free(): double free detected", "double free or corruption (fasttop)", "free(): invalid pointer",
      "munmap_chunk(): invalid pointer", "realloc(): invalid pointer",
    ]
    return isDirect && own.contains(where: text.hasPrefix)
  }
}
