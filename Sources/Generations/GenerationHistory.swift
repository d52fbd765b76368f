import Configuration

/// The generations that were in service, for the operator to see and to go back to.
struct GenerationHistory {
  struct Entry {
    var document: GenerationDocument
    /// Since 1970.
    var since: Int
    /// Of each library: the plugin's version, and the file it was taken from.
    var origins: [String: (version: String, source: String)]
  }

  /// How many are kept.
  private static let limit = 16
  private(set) var entries: [Entry] = []

  mutating func add(_ entry: Entry) {
    entries.append(entry)
    if entries.count > Self.limit { entries.removeFirst(entries.count - Self.limit) }
  }

  /// An earlier one by its number; without one, the one before the latest.
  func earlier(_ number: Int?) -> Entry? {
    guard let number else { return entries.dropLast().last }
    return entries.last { $0.document.number == number }
  }
}

extension GenerationPublisher {
  func remember(_ document: GenerationDocument) {
    var origins: [String: (version: String, source: String)] = [:]
    for (name, library) in document.libraries {
      let description = catalog.descriptions.values.first { $0.library == library }
      origins[name] = (
        description?.version ?? history.entries.compactMap {
          $0.document.libraries[name] == library ? $0.origins[name]?.version : nil
        }.last
          ?? "", catalog.source(of: library)
      )
    }
    history.add(.init(document: document, since: loop.wallClock.seconds, origins: origins))
  }

  /// The configuration and the libraries of an earlier generation.
  public func earlierGeneration(_ number: Int?) -> GenerationDocument? { history.earlier(number)?.document }
}
