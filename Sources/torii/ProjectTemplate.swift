import Glibc

/// A template of a project: a folder whose files and names hold `__NAME__`, `__TYPE__` and `__IDENTIFIER__`, with a list of
/// what is copied from the SDK.
///
/// In a template `gitignore` stands for `.gitignore`, and `X.template` for `X`, so that no tool takes the template itself for a
/// project. `sdk-files` is the list: a line `FROM TO` each, `FROM` relative to the SDK, with alternatives between `|`.
struct ProjectTemplate {
  /// Why a project could not be written.
  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ path: String, _ reason: String = unsafe String(cString: strerror(errno))) {
      description = "\(path): \(reason)"
    }
  }

  /// The SDK's folder.
  let sdk: String
  /// The template's folder.
  let folder: String
  /// What placeholders stand for.
  let values: [(placeholder: String, value: String)]

  /// Writes the project; gives the paths of its files besides the SDK's, relative to it.
  func write(to target: String) throws(Failure) -> [String] {
    var written: [String] = []
    try copy(folder, to: target, replacing: true) { written.append(String($0.dropFirst(target.count + 1))) }
    for line in try String(decoding: read("\(folder)/sdk-files"), as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      guard parts.count == 2 else { throw Failure("\(folder)/sdk-files", "'\(line)' is not FROM TO") }
      let sources = parts[0].split(separator: "|").map { "\(sdk)/\($0)" }
      guard let source = sources.first(where: { unsafe access($0, R_OK) == 0 }) else {
        throw Failure(sources[0], "is not there: the SDK is not whole")
      }
      try copy(source, to: "\(target)/\(parts[1])", replacing: false) { _ in }
    }
    return written.sorted()
  }

  /// Copies a file or what is in a folder.
  private func copy(
    _ source: String, to target: String, replacing: Bool, _ wrote: (String) -> Void
  ) throws(Failure) {
    if isFolder(source) {
      for name in try names(in: source) where name != "sdk-files" && name != "target" && name != ".build" {
        let target = "\(target)/\(replacing ? projectName(name) : name)"
        try copy("\(source)/\(name)", to: target, replacing: replacing, wrote)
      }
      return
    }
    var bytes = try read(source)
    if replacing { bytes = Array(replaced(String(decoding: bytes, as: UTF8.self)).utf8) }
    try makeFolders(of: target)
    try write(bytes, to: target)
    wrote(target)
  }

  private func projectName(_ name: String) -> String {
    if name == "gitignore" { return ".gitignore" }
    return replaced(name.hasSuffix(".template") ? String(name.dropLast(9)) : name)
  }

  private func replaced(_ text: String) -> String {
    var text = text
    for (placeholder, value) in values { text = Self.replace(placeholder, by: value, in: text) }
    return text
  }

  static func replace(_ placeholder: String, by value: String, in text: String) -> String {
    let pattern = Array(placeholder.utf8)
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: pattern) {
        output += value.utf8
        place += pattern.count
      } else {
        output.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  // MARK: Files

  private func isFolder(_ path: String) -> Bool {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  private func names(in folder: String) throws(Failure) -> [String] {
    guard let directory = unsafe opendir(folder) else { throw Failure(folder) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      // Safe: the kernel ends names with a NUL within the array.
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private func read(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      // Safe: the kernel writes no more than the buffer holds, and says how much.
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        count = unsafe max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
      }
      guard !piece.isEmpty else { return bytes }
      bytes += piece
    }
  }

  private func makeFolders(of path: String) throws(Failure) {
    for (place, letter) in zip(path.indices, path) where letter == "/" && place != path.startIndex {
      let folder = String(path[..<place])
      guard unsafe mkdir(folder, 0o777) == 0 || errno == EEXIST else { throw Failure(folder) }
    }
  }

  /// Writes a file that is not there yet.
  private func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Failure(path) }
    defer { close(descriptor) }
    var place = 0
    while place < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + place }, $0.count - place)
      }
      guard count > 0 else { throw Failure(path) }
      place += count
    }
  }
}
