import Testing

@testable import Generations

@Suite("The forms of a secret")
struct SecretFormsTests {
  @Test(
    "are itself, and what a query makes of it",
    arguments: [
      ("sk-plain_1.2~3", ["sk-plain_1.2~3"]), ("a/b=", ["a/b=", "a%2Fb%3D", "a%2fb%3d"]),
      ("Bearer x", ["Bearer x", "Bearer%20x", "Bearer+x"]),
      ("é", ["é", "%C3%A9", "%c3%a9"]), ("", [""]),
    ])
  func forms(_ secret: String, _ forms: [String]) {
    #expect(SecretForms.all(of: secret).map { String(decoding: $0, as: UTF8.self) } == forms)
  }
}
