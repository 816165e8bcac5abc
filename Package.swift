// swift-tools-version: 6.2
// FountainAI: five services on a ZeroMQ bus. Targets and the direction of imports: docs/architecture.md.
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let sqlite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let logging = product(name: "Logging", package: "swift-log")
    static let signals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "FountainAI",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fountain", targets: ["fountain"]),
        .library(name: "Bus", targets: ["Bus"]),
        .library(name: "Contracts", targets: ["Contracts"]),
        .library(name: "EcosystemTesting", targets: ["EcosystemTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries: a modulemap and a shim each.
        .systemLibrary(name: "CZeroMQ"),
        .systemLibrary(name: "CMicroHTTPD"),
        .systemLibrary(name: "COpenSSL"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CQREncode"),

        // Thin safe wrappers: the only importers of C.
        module("ZeroMQ", ["CZeroMQ", .logging]),
        module("HTTPServer", ["CMicroHTTPD", .logging, .lifecycle]),
        module("HTTPClient", ["CCurl"]),
        module("Secrets", ["COpenSSL"]),
        module("QRCode", ["CQREncode"]),
        module("SQLiteColumns", [.grdb, .sqlite]),

        // The floor every service stands on.
        module("Bus", ["ZeroMQ", .logging, .lifecycle]),
        module("Storage", ["Bus", "SQLiteColumns", .grdb, .logging]),
        module("Topology", [.yams]),
        module("Contracts", ["Bus"]),
        module("Audit", ["Contracts", "Bus", "Secrets", .grdb]),

        // The services; none imports another.
        module("KeyManagement", ["Audit", "Contracts", "Bus", "Storage", "Secrets", .grdb, .logging]),
        module(
            "TwoFactor",
            ["Audit", "Contracts", "Bus", "Storage", "Secrets", "QRCode", "HTTPClient", .grdb, .logging]
        ),
        module("ServiceA", ["Contracts", "Bus", "Storage", .grdb, .logging]),
        module("TypesenseClient", ["Contracts", "Bus", "Storage", "HTTPClient", .grdb, .logging]),
        module("Gateway", ["HTTPServer", "Bus", "Topology", "Secrets", .logging, .lifecycle]),

        // One assembly, one command line, one test kit.
        module(
            "Ecosystem",
            [
                "Gateway", "KeyManagement", "TwoFactor", "ServiceA", "TypesenseClient", "Audit", "Contracts", "Bus",
                "Storage", "Secrets", "HTTPClient", "HTTPServer", "Topology", .logging, .lifecycle,
            ]
        ),
        module(
            "EcosystemTesting",
            ["Ecosystem", "TwoFactor", "HTTPClient", "Contracts", "Bus", "ZeroMQ", "Topology", .logging, .lifecycle]
        ),
        .executableTarget(
            name: "fountain",
            dependencies: [
                "Ecosystem", "QRCode", "Audit", "KeyManagement", "Contracts", "Bus", "Topology", .argumentParser,
                .logging, .lifecycle,
                .signals,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "bus-bench",
            dependencies: ["Bus", "Storage"],
            path: "Benchmarks/BusBench",
            swiftSettings: strict
        ),

        tests("ZeroMQTests", ["ZeroMQ"]),
        tests("HTTPServerTests", ["HTTPServer", .logging, .lifecycle]),
        tests("HTTPClientTests", ["HTTPClient"]),
        tests("SecretsTests", ["Secrets"]),
        tests("QRCodeTests", ["QRCode"]),
        tests("BusTests", ["Bus", "ZeroMQ"]),
        tests("StorageTests", ["Storage", "Bus", .grdb]),
        tests("TopologyTests", ["Topology"]),
        tests("ContractsTests", ["Contracts", "Bus"]),
        tests(
            "KeyManagementTests",
            ["KeyManagement", "Audit", "Contracts", "Bus", "Storage", "Secrets", .grdb]
        ),
        tests(
            "TwoFactorTests",
            [
                "TwoFactor", "Audit", "Contracts", "Bus", "Storage", "Secrets", "QRCode", "HTTPClient", "HTTPServer",
                .logging,
            ]
        ),
        tests("ServiceATests", ["ServiceA", "Contracts", "Bus", "Storage"]),
        tests(
            "TypesenseClientTests",
            ["TypesenseClient", "Contracts", "Bus", "Storage", "HTTPClient", "ZeroMQ", .logging]
        ),
        tests("GatewayTests", ["Gateway", "HTTPServer", "Bus", "Topology", "Secrets", .logging, .lifecycle]),
        tests(
            "EcosystemTestingTests",
            ["EcosystemTesting", "ServiceA", "TypesenseClient", "Contracts", "Bus", "Storage", .logging]
        ),
        tests(
            "IntegrationTests",
            [
                "EcosystemTesting", "Ecosystem", "Gateway", "TwoFactor", "HTTPClient", "Secrets", "Contracts", "Bus",
                "Topology", "fountain", .logging, .lifecycle,
            ]
        ),
    ]
)
