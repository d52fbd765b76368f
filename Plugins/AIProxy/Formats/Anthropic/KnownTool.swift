/// Tools that the client runs and whose parameters Anthropic's models know without being told. Other models are told.
enum KnownTool {
  case bash
  case textEditor
  case memory

  /// - Parameter type: the tool's `type`, such as `bash_20250124`.
  init?(type: String) {
    if type.hasPrefix("bash_") {
      self = .bash
    } else if type.hasPrefix("text_editor_") {
      self = .textEditor
    } else if type.hasPrefix("memory_") {
      self = .memory
    } else {
      return nil
    }
  }

  var description: StaticString {
    switch self {
    case .bash: "Run a command in a bash session that keeps its state between calls, or restart the session."
    case .textEditor: "View, create and edit text files."
    case .memory: "View, create and edit files in the memory directory /memories."
    }
  }

  /// JSON Schema.
  var parameters: StaticString {
    switch self {
    case .bash:
      """
      {"type":"object","properties":{"command":{"type":"string","description":"The command to run. Required unless \
      restarting."},"restart":{"type":"boolean","description":"Restart the session."}}}
      """
    case .textEditor:
      """
      {"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert"]},\
      "path":{"type":"string","description":"Path of the file or directory."},"file_text":{"type":"string","description":\
      "create: the content."},"old_str":{"type":"string","description":"str_replace: the text to replace."},"new_str":\
      {"type":"string","description":"str_replace: its replacement."},"insert_line":{"type":"integer","description":\
      "insert: the line after which to insert."},"insert_text":{"type":"string","description":"insert: the text."},\
      "view_range":{"type":"array","items":{"type":"integer"},"description":"view: first and last line."}},\
      "required":["command","path"]}
      """
    case .memory:
      """
      {"type":"object","properties":{"command":{"type":"string","enum":["view","create","str_replace","insert","delete",\
      "rename"]},"path":{"type":"string"},"old_path":{"type":"string"},"new_path":{"type":"string"},"file_text":\
      {"type":"string"},"old_str":{"type":"string"},"new_str":{"type":"string"},"insert_line":{"type":"integer"},\
      "insert_text":{"type":"string"},"view_range":{"type":"array","items":{"type":"integer"}}},"required":["command"]}
      """
    }
  }
}
