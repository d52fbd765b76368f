import JSON
struct Serializer {
  var output = ""
  mutating func writeDocument(_ node: JSONNode) {}
}
