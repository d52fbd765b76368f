public import JSON

/// Reads and writes YAML 1.2.2 (https://yaml.org/spec/1.2.2/) as JSON values.
///
/// The whole syntax is read. Values follow the core schema (section 10.3), so `yes`, `no`, `on` and `off` are strings,
/// `0777` is the decimal number 777, an octal number is written `0o777`, a number with `_` in it is a string, and so is
/// a timestamp. What has no JSON form is refused: keys that are collections, infinities and NaN, tags of one's own.
/// Merge keys (`<<`) of YAML 1.1 are honoured, since configuration files rely on them.
///
/// Two departures from the letter, both towards accepting more: a key may be longer than 1024 characters, as in
/// JSON, and the bracket that closes a flow collection may stand at the indentation of the line it belongs to.
public enum YAML {
  /// Reads a text that holds one document.
  ///
  /// - Parameter text: UTF-8, with or without a byte order mark.
  /// - Returns: The document; `null` when the text is empty or has only comments. Nodes and names carry the place of
  ///   their first character; the parts of an alias carry the place of what the alias stands for.
  /// - Throws: Everything found wrong, among it a second document.
  public static func parse(_ text: [UInt8]) throws(YAMLErrors) -> JSONNode {
    var parser = Parser(text)
    let documents = parser.parseStream(single: true)
    try parser.throwErrors()
    return documents.first ?? JSONNode(.null, at: SourceLocation(line: 1, column: 1))
  }

  /// Reads a text that holds any number of documents.
  ///
  /// - Parameter text: UTF-8, with or without a byte order mark.
  /// - Returns: The documents in their order; none when the text is empty or has only comments.
  /// - Throws: Everything found wrong.
  public static func parseAll(_ text: [UInt8]) throws(YAMLErrors) -> [JSONNode] {
    var parser = Parser(text)
    let documents = parser.parseStream(single: false)
    try parser.throwErrors()
    return documents
  }

  /// Writes a value as a YAML document in block style.
  ///
  /// This reader and others read it back to the same value: a string that YAML 1.1 or 1.2 could take for something
  /// else is quoted.
  public static func serialize(_ node: JSONNode) -> String {
    var serializer = Serializer()
    serializer.writeDocument(node)
    return serializer.output
  }
}
