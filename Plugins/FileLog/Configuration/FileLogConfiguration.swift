import ToriiPlugin

/// The configuration of `file-log`: Kong's.
struct FileLogConfiguration: Equatable {
  /// The file to append to.
  let path: String
  /// Before each batch, look whether `path` still names the file that is open, and open it anew when it does not.
  let reopen: Bool

  /// `config` as the schema allows it.
  private struct Fields: Decodable {
    var path: String
    var reopen: Bool?
    var customFieldsByLua: [String: String]?
  }

  /// Reads what an instance is given.
  ///
  /// - Throws: for a path that is no file name, and for Lua.
  init(_ context: InstanceContext) throws(PluginError) {
    let fields = try context.decode(Fields.self)
    guard LogPath.isValid(fields.path) else {
      throw PluginError(.configuration, "not a valid filename", pointer: "/path")
    }
    if let snippets = fields.customFieldsByLua, !snippets.isEmpty {
      throw PluginError(
        .configuration,
        "Torii runs no Lua, so fields cannot be computed by it: remove custom_fields_by_lua, and have a plugin add them "
          + "to the record (torii.log/1, set) or a tool such as jq change the lines",
        pointer: "/custom_fields_by_lua")
    }
    path = fields.path
    reopen = fields.reopen ?? false
  }

  /// Makes a configuration.
  init(path: String, reopen: Bool) {
    self.path = path
    self.reopen = reopen
  }

  /// JSON Schema of `config`.
  static let schema = #"""
    {
      "type": "object",
      "required": ["path"],
      "additionalProperties": false,
      "properties": {
        "path": {
          "type": "string",
          "pattern": "^[^ \\t\\r\\n*&%\\\\`]([^*&%\\\\`]*[^ \\t\\r\\n*&%\\\\`])$",
          "x-message": "not a valid filename",
          "description": "The file that records are appended to. It is created when it is missing; its folder is not."
        },
        "reopen": {
          "type": "boolean",
          "default": false,
          "description": "Whether to open the file anew when it was renamed or removed, as log rotation does."
        },
        "custom_fields_by_lua": {
          "type": "object",
          "additionalProperties": {"type": "string"},
          "description": "Must be empty: there is no Lua."
        }
      }
    }
    """#
}
