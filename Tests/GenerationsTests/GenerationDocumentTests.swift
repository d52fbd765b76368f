import Configuration
import Testing

@testable import Generations

@Suite("A generation on its way to the workers")
struct GenerationDocumentTests {
  private func document(_ number: Int) -> GenerationDocument {
    GenerationDocument(
      number: number, configuration: GatewayConfiguration(),
      libraries: ["twin": .init(path: "/libraries/1.so", identity: "1"), "other": .init(path: "/o.so", identity: "2")])
  }

  @Test("comes out as it went in")
  func roundTrip() throws {
    let read = try #require(GenerationDocument(document(7).encoded()))
    #expect(read.number == 7)
    #expect(read.libraries == document(7).libraries)
  }

  @Test("travels in memory that another process reads")
  func sealed() throws {
    let descriptor = try #require(document(8).sealed())
    let read = try #require(GenerationDocument(sealed: descriptor))
    #expect(read.number == 8)
    #expect(read.libraries.count == 2)
  }

  @Test("what is no document is none")
  func damaged() {
    #expect(GenerationDocument(Array("{}".utf8)) == nil)
    #expect(GenerationDocument(Array("{\"number\":1,\"configuration\":{},\"libraries\":{\"a\":{}}}".utf8)) == nil)
    #expect(GenerationDocument([]) == nil)
  }

  @Test("the sixteen latest are remembered, and one can go back to each of them")
  func history() {
    var history = GenerationHistory()
    for number in 1...20 { history.add(.init(document: document(number), since: number, origins: [:])) }
    #expect(history.entries.map(\.document.number) == Array(5...20))
    #expect(history.earlier(nil)?.document.number == 19)
    #expect(history.earlier(5)?.document.number == 5)
    #expect(history.earlier(4)?.document.number == nil)
  }
}
