// swift-tools-version: 6.2
// The example plugins in Swift: each a library of its own, linked as a plugin has to be.

import PackageDescription

let root = "\(Context.packageDirectory)/../../.."

/// A plugin exports its entry point and nothing else, and leaves nothing undefined for the host to supply.
let pluginLinkage: [LinkerSetting] = [
  .unsafeFlags([
    "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "--as-needed",
    "-Xlinker", "--version-script=\(root)/SDK/C/plugin.map",
  ])
]

let plugins = [
  ("header-stamp", "HeaderStamp"), ("api-key", "APIKey"), ("body-rewrite", "BodyRewrite"),
  ("auth-callout", "AuthCallout"), ("token-counter", "TokenCounter"), ("visit-counter", "VisitCounter"),
]

let package = Package(
  name: "example-plugins",
  products: plugins.map { .library(name: $0.0, type: .dynamic, targets: [$0.1]) },
  dependencies: [.package(name: "torii", path: "../../..")],
  targets: plugins.map {
    .target(
      name: $0.1, dependencies: [.product(name: "ToriiPlugin", package: "torii")], path: $0.0,
      swiftSettings: [.strictMemorySafety()], linkerSettings: pluginLinkage)
  },
  swiftLanguageModes: [.v6]
)
