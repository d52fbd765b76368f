import HTTP

/// A response that a plugin has made with respond(). It takes effect when the plugin's callback returns TORII_RESPOND.
struct StagedResponse {
  var status: UInt16
  var edits: FieldEdits
  var body: ByteBuffer
}
