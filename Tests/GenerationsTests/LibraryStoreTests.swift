import Glibc
import Testing

@testable import Generations

@Suite("The gateway's own copies of libraries")
struct LibraryStoreTests {
  private let folder: String
  private let store: LibraryStore

  init() throws {
    var template = Array("/tmp/torii-test-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
    }
    folder = try #require(made)
    store = LibraryStore(folder: folder + "/deep/libraries")
  }

  private func write(_ content: String, to name: String) throws -> String {
    let path = folder + "/" + name
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    let bytes = Array(content.utf8)
    #expect(unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    return path
  }

  private func cleanUp() {
    store.removeAll(but: [])
    for path in ["/deep/libraries", "/deep"] { unsafe rmdir(folder + path) }
    for name in ["a.so", "b.so"] { unsafe unlink(folder + "/" + name) }
    unsafe rmdir(folder)
  }

  @Test("a copy is named after its content, and stays when the original changes")
  func naming() throws {
    defer { cleanUp() }
    let original = try write("abc", to: "a.so")
    let copy = try store.stage(original)
    // FIPS 180-2, appendix B.1.
    #expect(copy.identity == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(copy.path == folder + "/deep/libraries/" + copy.identity + ".so")
    _ = try write("another", to: "a.so")
    #expect(try store.stage(copy.path) == copy)
  }

  @Test("the same content is one copy, another content another one")
  func oneCopy() throws {
    defer { cleanUp() }
    let first = try store.stage(try write("abc", to: "a.so"))
    #expect(try store.stage(try write("abc", to: "b.so")) == first)
    #expect(try store.stage(try write("abcd", to: "b.so")) != first)
  }

  @Test("a copy whose content is not what its name says is made anew")
  func damagedCopy() throws {
    defer { cleanUp() }
    let original = try write("abc", to: "a.so")
    let copy = try store.stage(original)
    // As the crash of a machine leaves a file.
    #expect(unsafe truncate(copy.path, 1) == 0)
    #expect(try store.stage(original) == copy)
    var facts = stat()
    #expect(unsafe stat(copy.path, &facts) == 0)
    #expect(facts.st_size == 3)
  }

  @Test("a path tells whether it is a copy, and its hash")
  func copyAtPath() throws {
    defer { cleanUp() }
    let copy = try store.stage(try write("abc", to: "a.so"))
    #expect(store.copy(at: copy.path) == copy)
    #expect(store.copy(at: folder + "/a.so") == nil)
    #expect(store.copy(at: folder + "/deep/libraries/short.so") == nil)
    #expect(store.copy(at: folder + "/deep/libraries/../" + String(repeating: "a", count: 61) + ".so") == nil)
  }

  @Test("copies that nothing names are removed, others stay")
  func removing() throws {
    defer { cleanUp() }
    let kept = try store.stage(try write("abc", to: "a.so"))
    let gone = try store.stage(try write("abcd", to: "a.so"))
    store.removeAll(but: [kept.path])
    #expect(unsafe access(kept.path, F_OK) == 0)
    #expect(unsafe access(gone.path, F_OK) != 0)
  }

  @Test("what cannot be read cannot be staged")
  func missing() {
    defer { cleanUp() }
    #expect(throws: LibraryStore.Failure.self) { try store.stage(folder + "/nothing.so") }
  }
}
