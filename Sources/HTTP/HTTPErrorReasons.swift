/// What can be wrong with a message, in the order it is met.
extension HTTPError {
  // Lines (RFC 9112 §2.2, §5)

  static let bareLineFeed = HTTPError(
    status: 400, reason: "A line ends with a line feed alone; lines end with carriage return and line feed.")
  static let bareCarriageReturn = HTTPError(status: 400, reason: "A carriage return stands inside a line.")
  static let tooManyEmptyLines = HTTPError(status: 400, reason: "Too many empty lines stand before the request line.")
  static let notHTTP = HTTPError(status: 400, reason: "The first byte cannot begin a request line.")
  static let requestLineTooLong = HTTPError(status: 414, reason: "The request line is longer than this server accepts.")
  static let fieldLineTooLong = HTTPError(status: 431, reason: "A field line is longer than this server accepts.")
  static let headTooLarge = HTTPError(status: 431, reason: "The message head is larger than this server accepts.")
  static let tooManyFields = HTTPError(status: 431, reason: "There are more field lines than this server accepts.")
  static let fieldWithoutColon = HTTPError(status: 400, reason: "A field line has no colon.")
  static let emptyFieldName = HTTPError(status: 400, reason: "A field line has no name before its colon.")
  static let whitespaceBeforeColon = HTTPError(
    status: 400, reason: "Whitespace stands between a field name and its colon.")
  static let invalidFieldName = HTTPError(
    status: 400, reason: "A field name contains a character that is not allowed there.")
  static let foldedFieldLine = HTTPError(
    status: 400, reason: "A field line begins with whitespace; folded lines are obsolete and refused.")
  static let nulInField = HTTPError(status: 400, reason: "A field line contains a NUL byte.")
  static let controlInFieldValue = HTTPError(status: 400, reason: "A field value contains a control character.")

  // The request line (RFC 9112 §3)

  static let emptyMethod = HTTPError(status: 400, reason: "The request line begins with a space instead of a method.")
  static let invalidMethod = HTTPError(
    status: 400, reason: "The method contains a character that is not allowed there.")
  static let missingTarget = HTTPError(status: 400, reason: "The request line has no request target.")
  static let severalSpaces = HTTPError(
    status: 400, reason: "The parts of the request line are separated by more than one space.")
  static let missingVersion = HTTPError(status: 400, reason: "The request line has no HTTP version.")
  static let invalidVersion = HTTPError(status: 400, reason: "The HTTP version is malformed.")
  static let trailingText = HTTPError(status: 400, reason: "The request line goes on after the HTTP version.")
  static let unsupportedVersion = HTTPError(
    status: 505, reason: "This server speaks HTTP/1.1; the major version of the request is another.")
  static let controlInTarget = HTTPError(status: 400, reason: "The request target contains a control character.")
  static let fragmentInTarget = HTTPError(status: 400, reason: "The request target contains a fragment.")
  static let invalidTarget = HTTPError(status: 400, reason: "The request target is neither a path nor an absolute URI.")
  static let asteriskWithoutOptions = HTTPError(
    status: 400, reason: "The request target is an asterisk, which only OPTIONS may use.")
  static let unsupportedScheme = HTTPError(
    status: 400, reason: "The scheme of the request target is neither http nor https.")
  static let userinfoInTarget = HTTPError(status: 400, reason: "The request target contains user information.")
  static let invalidAuthority = HTTPError(
    status: 400, reason: "The authority of the request target is not a host with an optional port.")
  static let emptyAuthority = HTTPError(status: 400, reason: "The authority of the request target is empty.")
  static let connectTarget = HTTPError(status: 400, reason: "The target of CONNECT is not a host and a port.")

  // The status line (RFC 9112 §4)

  static let invalidStatusLine = HTTPError(status: 400, reason: "The response does not begin with a status line.")
  static let unsupportedResponseVersion = HTTPError(
    status: 400, reason: "The major HTTP version of the response is not 1.")
  static let invalidStatusCode = HTTPError(status: 400, reason: "The status code is not three digits.")
  static let invalidReasonPhrase = HTTPError(status: 400, reason: "The reason phrase contains a control character.")
  static let statusLineTooLong = HTTPError(status: 400, reason: "The status line is longer than this server accepts.")

  // Host (RFC 9112 §3.2)

  static let missingHost = HTTPError(status: 400, reason: "The Host field is missing; HTTP/1.1 requires it.")
  static let severalHosts = HTTPError(status: 400, reason: "There is more than one Host field.")
  static let emptyHost = HTTPError(status: 400, reason: "The Host field is empty.")
  static let invalidHost = HTTPError(status: 400, reason: "The Host field is not a host with an optional port.")

  // Framing (RFC 9112 §6)

  static let invalidContentLength = HTTPError(status: 400, reason: "The Content-Length field is not a number.")
  static let contentLengthTooLarge = HTTPError(status: 400, reason: "The Content-Length field is too large a number.")
  static let contentLengthList = HTTPError(status: 400, reason: "The Content-Length field has more than one value.")
  static let severalContentLengths = HTTPError(status: 400, reason: "There is more than one Content-Length field.")
  static let contentLengthWithTransferEncoding = HTTPError(
    status: 400, reason: "Content-Length and Transfer-Encoding are both present.")
  static let invalidTransferEncoding = HTTPError(
    status: 400, reason: "The Transfer-Encoding field is not a list of codings.")
  static let chunkedWithParameters = HTTPError(status: 400, reason: "The chunked transfer coding has parameters.")
  static let chunkedNotLast = HTTPError(
    status: 400, reason: "The chunked transfer coding is not the last one, or is applied twice.")
  static let transferEncodingInHTTP10 = HTTPError(
    status: 400, reason: "Transfer-Encoding is present in an HTTP/1.0 message.")
  static let unsupportedTransferCoding = HTTPError(
    status: 501, reason: "The Transfer-Encoding field names a coding other than chunked.")

  // The chunked coding (RFC 9112 §7.1)

  static let missingChunkSize = HTTPError(status: 400, reason: "A chunk has no size.")
  static let invalidChunkSize = HTTPError(status: 400, reason: "A chunk size is not a hexadecimal number.")
  static let chunkTooLarge = HTTPError(status: 400, reason: "A chunk size is too large a number.")
  static let invalidChunkExtension = HTTPError(status: 400, reason: "A chunk extension is malformed.")
  static let chunkLineTooLong = HTTPError(status: 400, reason: "A chunk-size line is longer than this server accepts.")
  static let tooManyChunkExtensions = HTTPError(
    status: 400, reason: "The chunk extensions of the body are longer than this server accepts.")
  static let chunkLineEnd = HTTPError(
    status: 400, reason: "A chunk-size line does not end with carriage return and line feed.")
  static let chunkDataEnd = HTTPError(
    status: 400, reason: "The data of a chunk is not followed by carriage return and line feed.")
  static let trailersTooLarge = HTTPError(
    status: 431, reason: "The trailer section is larger than this server accepts.")
}
