import Configuration
import JSON

// The Admin API shows and takes the names of a certificate's servers as a field of the certificate.
extension EntityEditor {
  /// Puts a certificate, and its list of server names when it has one, into the table.
  mutating func storeCertificate(_ entity: JSONNode, isNew: Bool) throws(AdminProblem) -> JSONNode {
    var certificate = entity
    guard let id = certificate.text("id") else { return entity }
    let names = certificate.remove("snis")
    table.put(.certificates, certificate)
    if let names, !names.isNull { try setServerNames(names.strings, of: id) }
    return Self.shown(certificate, .certificates, in: table)
  }

  private mutating func setServerNames(_ names: [String], of id: String) throws(AdminProblem) {
    let wanted = Set(names)
    for name in wanted.sorted() {
      guard let owner = table.entity(.snis, "name", name)?.reference("certificate") else { continue }
      if owner != id {
        throw .schemaViolation("snis", "\(name) already associated with existing certificate '\(owner)'")
      }
    }
    for entity in table.all(.snis) where entity.reference("certificate") == id {
      if let name = entity.text("name"), let old = entity.text("id"), !wanted.contains(name) {
        table.remove(.snis, id: old)
      }
    }
    for name in wanted.sorted() where table.entity(.snis, "name", name) == nil {
      let (entity, errors) = EntityValidator(options).validate(
        ["name": JSONNode(name), "certificate": ["id": JSONNode(id)]], as: .snis)
      guard errors.isEmpty else { throw .schemaViolation(errors) }
      table.put(.snis, entity)
    }
  }

  /// An entity as the Admin API shows it.
  static func shown(_ entity: JSONNode, _ type: EntityType, in table: EntityTable) -> JSONNode {
    guard type == .certificates else { return entity }
    let id = entity.text("id")
    var entity = entity
    let names = table.all(.snis).filter { $0.reference("certificate") == id }.compactMap { $0.text("name") }
    entity.set("snis", JSONNode(strings: names.sorted()))
    return entity
  }
}
