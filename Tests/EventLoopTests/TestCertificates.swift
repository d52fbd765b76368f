import Glibc
import Testing

@testable import EventLoop

/// Certificates made for one run of the tests with the `openssl` command, in a directory of their own.
struct TestCertificates {
  static let shared = TestCertificates()

  let directory: String

  private init() {
    directory = "/tmp/torii-eventloop-certificates-\(getpid())"
    let script = """
      set -e
      rm -rf \(directory); mkdir -p \(directory); cd \(directory)
      key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
      key ca; openssl req -x509 -new -key ca.key -subj '/O=Torii/CN=Test CA' -days 30 -out ca.crt \
        -addext basicConstraints=critical,CA:TRUE
      # signed NAME SUBJECT-ALTERNATIVE-NAMES DAYS
      signed() {
        key $1; openssl req -new -key $1.key -subj "/CN=$1" -out $1.csr
        printf '%s\\n' "subjectAltName=$2" > $1.ext
        openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days $3 -extfile $1.ext -out $1.crt
      }
      signed a DNS:a.test,DNS:b.test 30
      signed wild DNS:*.wild.test 30
      signed exact DNS:exact.wild.test 30
      signed ip IP:127.0.0.1,IP:::1 30
      signed expired DNS:a.test -1
      key self; openssl req -x509 -new -key self.key -subj /CN=foo.test -days 30 -out self.crt -addext subjectAltName=DNS:foo.test
      openssl ec -in a.key -aes128 -passout pass:secret -out encrypted.key
      printf 'no PEM here\\n' > text.pem
      printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > broken.crt
      : > empty.pem
      """
    let path = "/tmp/torii-eventloop-certificates-\(getpid()).sh"
    guard let file = unsafe fopen(path, "w") else { return }
    _ = unsafe fputs(script, file)
    _ = unsafe fclose(file)
    let status = unsafe system("sh \(path) >\(path).log 2>&1")
    if status != 0 { Issue.record("making certificates failed, see \(path).log") }
    _ = unsafe unlink(path)
    if status == 0 { _ = unsafe unlink("\(path).log") }
    atexit { _ = unsafe system("rm -rf /tmp/torii-eventloop-certificates-\(getpid())") }
  }

  func path(_ file: String) -> String { "\(directory)/\(file)" }

  func certificate(_ name: String, names: [String] = []) -> TLSCertificate {
    TLSCertificate(chain: .file(path("\(name).crt")), key: .file(path("\(name).key")), serverNames: names)
  }

  /// Settings that trust the test CA.
  var client: TLSClientSettings {
    var settings = TLSClientSettings()
    settings.caFile = path("ca.crt")
    return settings
  }

  func text(_ file: String) -> String {
    var text = ""
    guard let stream = unsafe fopen(path(file), "r") else { return "" }
    while true {
      let character = unsafe fgetc(stream)
      if character == EOF { break }
      text.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: character)))
    }
    _ = unsafe fclose(stream)
    return text
  }
}
