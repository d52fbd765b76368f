import JSON

/// An entity as a file declares it, taken out of the entities it stands in.
struct EntityDraft {
  let type: EntityType
  /// The declaration without what stands nested in it.
  var node: JSONNode
  let path: ConfigurationPath
  /// The file it stands in.
  let file: Int
  /// The draft it stands nested in, and the field that names it.
  let parent: (draft: Int, field: String)?
  /// The id; derived when the declaration has none.
  var id: String?

  /// The text of a field.
  func text(_ name: String) -> String? { node.present(name)?.string }
}
