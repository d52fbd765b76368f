import Testing
import ToriiPlugin

@testable import __TYPE__

@Suite("__NAME__")
struct __TYPE__Tests {
  @Test("values with line breaks are refused by name")
  func lineBreaks() throws {
    var configuration = __TYPE__.Configuration()
    try configuration.check()
    configuration.value = "a\r\nb"
    let refusal = #expect(throws: PluginError.self) { try configuration.check() }
    #expect(refusal?.pointer == "/value")
  }

  @Test("the schema is derived from the configuration")
  func schema() throws {
    let schema = try #require(Configured<__TYPE__>.descriptor.configurationSchema)
    #expect(schema.contains(#""default":"__NAME__""#))
  }
}
