import JSON

/// What can be told of a library: of its file by reading it, of its descriptor by asking it in a process of its own.
public struct Inspection: Sendable {
  /// SHA-256 of the content.
  public var hash = ""
  /// Why it is no library for this machine; empty when it is one.
  public var fileFault = ""
  /// Libraries it needs.
  public var libraries: [String] = []
  /// Its build id in hexadecimal.
  public var buildID = ""
  /// What its descriptor says; `nil` when it could not be asked.
  public var facts: PluginFacts?
  /// Why it could not be asked.
  public var descriptorFault = ""

  /// Reads a file and asks its descriptor.
  public init(_ path: String) {
    guard let bytes = Files.read(path) else {
      fileFault = "it cannot be read"
      return
    }
    hash = SHA256.hexadecimal(bytes)
    do {
      let file = try ELFFile(bytes)
      libraries = file.needed
      let digits = Array("0123456789abcdef".utf8)
      buildID = String(
        decoding: file.buildID.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
      if file.type != 3 { fileFault = "it is not a shared library" }
      if file.machine != ELFFile.ownMachine { fileFault = "it is for another machine (\(file.machine))" }
    } catch { fileFault = error.description }
    guard fileFault.isEmpty else { return }
    let (text, end) = Isolated.text {
      do throws(Finding) { return "+" + (try PluginImage(path).facts.document.serializedString()) } catch {
        if case .failed(let reason) = error { return "-" + reason }
        return "-"
      }
    }
    if text.hasPrefix("+"), let document = try? JSONNode(parsing: String(text.dropFirst())) {
      facts = PluginFacts(document)
    } else {
      descriptorFault = text.hasPrefix("-") ? String(text.dropFirst()) : "it dies when it is loaded (\(end))"
    }
  }
}
