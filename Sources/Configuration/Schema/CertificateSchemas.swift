import JSON

extension EntitySchema {
  /// What a certificate may hold.
  static let certificates = EntitySchema(
    .certificates, endpointKey: nil,
    fields: [
      .id, .createdAt, .updatedAt,
      .text("cert", .certificate).required().referenceable(),
      .text("key", .privateKey).required().referenceable().secret(),
      .text("cert_alt", .certificate).referenceable().explicitlyOptional(),
      .text("key_alt", .privateKey).referenceable().secret().explicitlyOptional(),
      .tags,
      FieldSchema("snis", .array(.element(.wildcardServerName))).transient().explicitlyOptional(),
    ],
    checks: [.mutuallyRequired(["cert_alt", "key_alt"]), pair("cert", "key"), pair("cert_alt", "key_alt"), kinds])

  /// What a certificate of an authority may hold.
  static let caCertificates = EntitySchema(
    .caCertificates, endpointKey: nil,
    fields: [
      .id, .createdAt, .updatedAt, .text("cert", .certificate).required(), .text("cert_digest").unique(), .tags,
    ])

  /// What the name of a server may hold.
  static let snis = EntitySchema(
    .snis, endpointKey: "name",
    fields: [
      .id, .text("name", .wildcardServerName).required().unique(), .createdAt, .updatedAt, .tags,
      FieldSchema("certificate", .foreign(.certificates)).required().parent(cascading: true),
    ])

  /// The keys of the two certificates must be of different kinds; what shows certificates to clients sees to it.
  private static let kinds = EntityCheck(fields: ["cert", "cert_alt"], form: .customCheck(["cert", "cert_alt"])) {
    _, _ in
    []
  }

  private static func pair(_ certificate: String, _ key: String) -> EntityCheck {
    EntityCheck(fields: [certificate, key], form: .customCheck([certificate, key])) { entity, options in
      guard let certificate = entity.present(certificate)?.string, let key = entity.present(key)?.string,
        !VaultReference.isReference(certificate), !VaultReference.isReference(key),
        options.keyPairFault?(certificate, key) != nil
      else { return [] }
      return [.init(nil, "certificate does not match key")]
    }
  }
}

extension Rule {
  /// A certificate in PEM.
  static let certificate = pem("certificate", header: "CERTIFICATE-----") { $0.certificateFault }

  /// A private key in PEM; what is wrong with it is told without quoting it.
  static let privateKey = pem("key", header: "PRIVATE KEY-----") { $0.privateKeyFault }

  private static func pem(
    _ kind: String, header: String, check: @escaping @Sendable (ValidationOptions) -> (@Sendable (String) -> String?)?
  ) -> Rule {
    Rule { node, options in
      guard let text = node.string, !VaultReference.isReference(text) else { return nil }
      guard text.contains(text: "-----BEGIN "), text.contains(text: header) else {
        return "invalid \(kind): no PEM block found"
      }
      return check(options)?(text).map { "invalid \(kind): \($0)" }
    }
  }
}
