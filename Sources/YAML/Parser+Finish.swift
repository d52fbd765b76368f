import JSON

/// Gives nodes their properties and their type.
extension Parser {
  /// A node that is not there (`e-node`): null, or what its tag makes of an empty text.
  mutating func emptyItem(_ properties: Properties, since mark: Mark) -> Item {
    let place = properties.location ?? location()
    return finish(Scalar(text: "", style: .plain, location: place), properties, since: mark)
  }

  /// The weight and depth before a node, from which those of an anchored node are told.
  struct Mark {
    var weight: Int
    var deepest: Int
  }

  /// Takes the mark before a node.
  mutating func mark() -> Mark {
    let mark = Mark(weight: weight, deepest: deepest)
    deepest = depth
    return mark
  }

  /// Completes a node: its anchor stands for it from here on.
  private mutating func complete(_ item: Item, _ properties: Properties, since mark: Mark) -> Item {
    if let anchor = properties.anchor {
      anchors[anchor] = .complete(item, weight: weight - mark.weight, height: deepest - depth)
    }
    deepest = max(deepest, mark.deepest)
    return item
  }

  /// Completes an atom.
  mutating func finish(_ atom: Atom, _ properties: Properties, since mark: Mark) throws(Abandoned) -> Item {
    switch atom.content {
    case .scalar(let scalar):
      return finish(scalar, properties, since: mark)
    case .collection(let node):
      return finish(node, properties, since: mark)
    case .alias(let item):
      if !properties.isEmpty {
        throw fail(
          "an alias cannot have an anchor or a tag", at: properties.location,
          hint: "it repeats a node that has its own")
      }
      deepest = max(deepest, mark.deepest)
      return item
    }
  }

  /// Completes a collection.
  mutating func finish(_ node: JSONNode, _ properties: Properties, since mark: Mark) -> Item {
    if let tag = properties.tag {
      let isExpected =
        switch (tag, node.content) {
        case (.nonSpecific, _), (.unknown, _), (.sequence, .array), (.mapping, .object): true
        default: false
        }
      if !isExpected {
        let kind = if case .array = node.content { "a sequence" } else { "a mapping" }
        report("\(kind) cannot have the tag \(tag.name)", at: properties.location ?? location())
      }
    }
    return complete(Item(node: node), properties, since: mark)
  }

  /// Completes a scalar.
  mutating func finish(_ scalar: Scalar, _ properties: Properties, since mark: Mark) -> Item {
    weight += 1 + scalar.text.utf8.count / 64
    var item = Item(node: JSONNode(.string(scalar.text), at: scalar.location), key: scalar.text)
    switch CoreSchema.resolve(scalar, tag: properties.tag) {
    case .success(let content): item.node.content = content
    case .failure(let fault): item.fault = fault
    }
    item.isMergeKey = scalar.style == .plain && scalar.text == "<<" && properties.tag == nil
    return complete(item, properties, since: mark)
  }

  /// An item as a value: here a scalar that has no JSON form is refused.
  mutating func value(_ item: Item) -> JSONNode {
    if let fault = item.fault {
      report(fault.message, at: item.node.location ?? location(), hint: fault.hint)
    }
    return item.node
  }
}
