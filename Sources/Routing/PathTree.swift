/// A node of a radix tree over path bytes.
struct PathTreeNode: BitwiseCopyable {
  /// The bytes between the parent and this node, in the tree's pool.
  var label = PoolText()
  /// The children, next to each other and sorted by their label's first byte.
  var children = TableRange()
  /// The ranks of the entries whose path ends here, ascending.
  var ranks = TableRange()
}

/// Builds radix trees that share their tables.
struct PathTreeBuilder {
  var nodes: [PathTreeNode] = []
  var ranks: [UInt32] = []
  var pool: [UInt8] = []

  /// A key and the rank of an entry to be found under it.
  struct Item {
    var key: [UInt8]
    var rank: UInt32
  }

  /// Adds a tree and returns its root. Works from a list, not by recursion: keys may be as deep as they are long.
  mutating func add(_ unsorted: [Item]) -> UInt32 {
    let items = unsorted.sorted { one, other in
      if one.key == other.key { return one.rank < other.rank }
      return one.key.lexicographicallyPrecedes(other.key)
    }
    let root = UInt32(nodes.count)
    nodes.append(PathTreeNode())
    var work: [(node: Int, range: Range<Int>, depth: Int)] = [(Int(root), items.indices, 0)]
    while let (node, range, depth) = work.popLast() {
      guard let first = range.first, let last = range.last else { continue }
      // Items are sorted, so what the first and the last share, all share.
      let shared = zip(items[first].key, items[last].key).prefix { $0 == $1 }.count
      nodes[node].label = PoolText(offset: UInt32(pool.count), length: UInt32(shared - depth))
      pool += items[first].key[depth..<shared]
      var index = first
      nodes[node].ranks.start = UInt32(ranks.count)
      while index <= last, items[index].key.count == shared {
        if ranks.count == Int(nodes[node].ranks.start) || ranks.last != items[index].rank {
          ranks.append(items[index].rank)
        }
        index += 1
      }
      nodes[node].ranks.count = UInt32(ranks.count) - nodes[node].ranks.start
      nodes[node].children.start = UInt32(nodes.count)
      while index <= last {
        let start = index
        while index <= last, items[index].key[shared] == items[start].key[shared] { index += 1 }
        work.append((nodes.count, start..<index, shared))
        nodes.append(PathTreeNode())
      }
      nodes[node].children.count = UInt32(nodes.count) - nodes[node].children.start
    }
    return root
  }
}
