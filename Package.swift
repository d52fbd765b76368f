// swift-tools-version: 6.2
//
// Targets stand in the order a request meets them. A module imports only what stands above it.

import PackageDescription

/// Every Swift module is built with strict memory safety checking; warnings are errors in `make lint`.
let strict: [SwiftSetting] = [.strictMemorySafety()]

/// What a worker loads does without the standard library's string processing and concurrency: every module would import them
/// unseen, and their libraries (with a parser of regular expressions, and Dispatch) would be 2 MB of each process that nothing uses.
let lean: [SwiftSetting] =
  strict + [
    .unsafeFlags([
      "-Xfrontend", "-disable-implicit-string-processing-module-import",
      "-Xfrontend", "-disable-implicit-concurrency-module-import",
    ])
  ]

/// The data plane lives on one thread and never holds on to a property while others run; checking that at run time costs
/// a third of a request's instructions. Debug builds, and so all unit tests, do check it.
let dataPlane: [SwiftSetting] =
  lean + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// A plugin exports its entry point and nothing else, and leaves nothing undefined for the host to supply.
let pluginLinkage: [LinkerSetting] = [
  .unsafeFlags([
    "-Xlinker", "-z", "-Xlinker", "defs", "-Xlinker", "--as-needed",
    "-Xlinker", "--version-script=\(Context.packageDirectory)/SDK/C/plugin.map",
  ])
]

let package = Package(
  name: "torii",
  products: [
    .executable(name: "torii", targets: ["torii"]),
    .executable(name: "dashscope-simulator", targets: ["dashscope-simulator"]),
    .library(name: "ai-proxy", type: .dynamic, targets: ["AIProxyEntry"]),
    .library(name: "file-log", type: .dynamic, targets: ["FileLogEntry"]),
    .library(name: "ToriiPlugin", targets: ["ToriiPlugin"]),
  ],
  targets: [
    // The plugin ABI.
    .target(name: "CToriiPlugin", path: "SDK/C", exclude: ["plugin.map"]),

    // System libraries.
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .target(name: "CLinux"),

    // Formats: no I/O, no dependencies.
    .systemLibrary(name: "CJSONText", path: "Sources/JSON/CJSONText"),
    .target(name: "JSON", dependencies: ["CJSONText"], exclude: ["CJSONText"], swiftSettings: dataPlane),
    .target(name: "YAML", dependencies: ["JSON"], swiftSettings: lean),
    .target(name: "HTTP", swiftSettings: dataPlane),

    // The gateway.
    .target(name: "EventLoop", dependencies: ["CLinux", "COpenSSL"], swiftSettings: dataPlane),
    .target(name: "Configuration", dependencies: ["JSON", "YAML"], swiftSettings: lean),
    .target(name: "Routing", swiftSettings: dataPlane),
    .target(name: "SharedStore", dependencies: ["CLinux"], swiftSettings: dataPlane),
    .target(
      name: "PluginHost", dependencies: ["CToriiPlugin", "CLinux", "SharedStore"], swiftSettings: dataPlane),
    .target(
      name: "Proxy",
      dependencies: ["CToriiPlugin", "CLinux", "JSON", "HTTP", "EventLoop", "Configuration", "Routing", "PluginHost"],
      swiftSettings: dataPlane),
    .target(
      name: "Supervision", dependencies: ["CLinux", "SharedStore", "JSON", "EventLoop", "Configuration"],
      swiftSettings: lean),
    .target(
      name: "Generations",
      dependencies: [
        "CToriiPlugin", "CLinux", "COpenSSL", "JSON", "EventLoop", "Configuration", "SharedStore", "PluginHost",
        "Proxy",
        "Supervision",
      ],
      swiftSettings: lean),
    .target(
      name: "Control", dependencies: ["CLinux", "JSON", "YAML", "HTTP", "EventLoop", "Configuration"],
      swiftSettings: lean),
    // The conformance suite for plugins: its host is a second reader of the ABI, apart from the gateway's.
    .target(name: "CConformance", path: "SDK/Conformance/C"),
    .target(
      name: "Conformance", dependencies: ["CToriiPlugin", "CConformance", "JSON", "YAML", "Configuration", "Routing"],
      path: "SDK/Conformance", exclude: ["C"], swiftSettings: lean),

    .executableTarget(
      name: "torii",
      dependencies: [
        "CToriiPlugin", "CLinux", "JSON", "Configuration", "EventLoop", "Routing", "SharedStore", "PluginHost", "Proxy",
        "Supervision",
        "Generations", "Control", "Conformance",
      ],
      swiftSettings: lean),

    // A stand-in upstream.
    .executableTarget(
      name: "dashscope-simulator", dependencies: ["CLinux", "JSON"], swiftSettings: strict),

    // The Swift SDK, and the plugins that ship with the gateway: they use nothing else of it.
    .target(
      name: "ToriiPlugin", dependencies: ["CToriiPlugin", "JSON"], path: "SDK/Swift", swiftSettings: dataPlane),
    .target(
      name: "AIProxy", dependencies: ["ToriiPlugin", "JSON"], path: "Plugins/AIProxy", exclude: ["Entry", "README.md"],
      swiftSettings: dataPlane),
    .target(
      name: "AIProxyEntry", dependencies: ["AIProxy", "ToriiPlugin", "CToriiPlugin"], path: "Plugins/AIProxy/Entry",
      swiftSettings: lean, linkerSettings: pluginLinkage),
    .target(
      name: "FileLog", dependencies: ["ToriiPlugin", "JSON", "CLinux"], path: "Plugins/FileLog",
      exclude: ["Entry", "README.md"],
      swiftSettings: lean),
    .target(
      name: "FileLogEntry", dependencies: ["FileLog", "ToriiPlugin", "CToriiPlugin"], path: "Plugins/FileLog/Entry",
      swiftSettings: lean, linkerSettings: pluginLinkage),

    // Unit tests, one target a module.
    .target(name: "TestLibraries", path: "Tests/Support", swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strict),
    .testTarget(name: "YAMLTests", dependencies: ["YAML", "JSON"], swiftSettings: strict),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP"], swiftSettings: strict),
    .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "CLinux"], swiftSettings: strict),
    .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "JSON", "YAML"], swiftSettings: strict),
    .testTarget(name: "RoutingTests", dependencies: ["Routing"], swiftSettings: strict),
    .testTarget(
      name: "PluginHostTests", dependencies: ["PluginHost", "SharedStore", "CToriiPlugin", "TestLibraries"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "ProxyTests",
      dependencies: [
        "Proxy", "PluginHost", "CToriiPlugin", "EventLoop", "HTTP", "JSON", "Configuration", "TestLibraries",
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(name: "ConformanceTests", dependencies: ["Conformance", "JSON"], swiftSettings: strict),
    .target(name: "CSharedStoreStepper", path: "Tests/SharedStoreTests/Stepper"),
    .executableTarget(
      name: "shared-store-writer", dependencies: ["SharedStore"], path: "Tests/SharedStoreTests/Writer",
      swiftSettings: strict),
    .testTarget(
      name: "SharedStoreTests", dependencies: ["SharedStore", "CSharedStoreStepper", "shared-store-writer"],
      exclude: ["Writer", "Stepper"], swiftSettings: strict),
    .testTarget(
      name: "SupervisionTests", dependencies: ["Supervision", "Configuration", "EventLoop", "CLinux"],
      swiftSettings: strict),
    .testTarget(name: "GenerationsTests", dependencies: ["Generations", "Configuration"], swiftSettings: strict),
    .testTarget(
      name: "ControlTests", dependencies: ["Control", "JSON", "YAML", "EventLoop", "Configuration"],
      swiftSettings: strict),
    .testTarget(
      name: "ToriiPluginTests", dependencies: ["ToriiPlugin", "CToriiPlugin", "JSON"], swiftSettings: strict),
    .testTarget(name: "AIProxyTests", dependencies: ["AIProxy", "JSON"], swiftSettings: strict),
    .testTarget(
      name: "FileLogTests", dependencies: ["FileLog", "ToriiPlugin", "CToriiPlugin", "JSON", "CLinux"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
