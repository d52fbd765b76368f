import JSON

/// A scalar as it was written, before the schema gives it a type.
struct Scalar {
  /// How a scalar is written (chapter 7 and 8). The schema looks at plain ones only.
  enum Style { case plain, singleQuoted, doubleQuoted, block }

  var text: String
  var style: Style
  var location: SourceLocation
}

/// A node whose properties and schema are applied.
struct Item {
  var node: JSONNode
  /// What the node is as a key of a mapping; `nil` when it is a collection.
  var key: String?
  /// The node is a plain `<<`.
  var isMergeKey = false
  /// Why the node has no JSON value; it can still be a key.
  var fault: CoreSchema.Fault?
}

/// A node in flow style without its properties: what a key can be.
struct Atom {
  enum Content {
    case scalar(Scalar)
    case collection(JSONNode)
    case alias(Item)
  }

  var content: Content
  var location: SourceLocation
  /// The line it began on: a key of a block mapping must not have left it.
  var line: Int

  /// What the node is called in errors.
  var name: String {
    switch content {
    case .scalar(let scalar): scalar.style == .plain ? "the text" : "the quoted text"
    case .collection: "the flow collection"
    case .alias: "the alias"
    }
  }

  /// A quoted scalar or a flow collection: a `:` may follow such a key without white space behind it.
  var isJSONLike: Bool {
    switch content {
    case .scalar(let scalar): scalar.style != .plain
    case .collection: true
    case .alias: false
    }
  }
}

/// A node's anchor and tag (section 6.9).
struct Properties {
  var anchor: String?
  var tag: Tag?
  /// Where the first of them began.
  var location: SourceLocation?

  var isEmpty: Bool { anchor == nil && tag == nil }
}
