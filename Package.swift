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
    static let logging = product(name: "Logging", package: "swift-log")
    static let signals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

/// Folders of `Sources` and of `Tests`, from the roof down: a module imports from its own floor and from those below.
enum Floor: String {
    case roof = ""
    case edge = "Edge/"
    case services = "Services/"
    case shared = "Shared/"
    case wrappers = "Wrappers/"
    case c = "C/"
}

func module(_ name: String, on floor: Floor = .roof, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(floor.rawValue)\(name)", swiftSettings: strict)
}

func tests(
    _ name: String,
    on floor: Floor = .roof,
    _ dependencies: [Target.Dependency],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        path: "Tests/\(floor.rawValue)\(name)",
        exclude: exclude,
        swiftSettings: strict
    )
}

let package = Package(
    name: "FountainAI",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fountain", targets: ["fountain"]),
        .library(name: "Bus", targets: ["Bus"]),
        .library(name: "Contracts", targets: ["Contracts"]),
        .library(name: "FountainService", targets: ["FountainService", "Storage", "Bus"]),
        .library(name: "EcosystemTesting", targets: ["EcosystemTesting", "DatabaseServer", "Histories", "Processes"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries: a modulemap and a shim each.
        .systemLibrary(name: "CZeroMQ", path: "Sources/C/CZeroMQ"),
        .systemLibrary(name: "CMicroHTTPD", path: "Sources/C/CMicroHTTPD"),
        .systemLibrary(name: "COpenSSL", path: "Sources/C/COpenSSL"),
        .systemLibrary(name: "CCurl", path: "Sources/C/CCurl"),
        .systemLibrary(name: "CQREncode", path: "Sources/C/CQREncode"),
        .systemLibrary(name: "CSpawn", path: "Sources/C/CSpawn"),
        .systemLibrary(name: "CSQLite", path: "Sources/C/CSQLite"),
        .systemLibrary(name: "CPostgreSQL", path: "Sources/C/CPostgreSQL"),
        .systemLibrary(name: "CZlib", path: "Sources/C/CZlib"),

        // Thin safe wrappers: the only importers of C.
        module("HostNames", on: .wrappers),
        module("ZeroMQ", on: .wrappers, ["CZeroMQ", "HostNames", .logging]),
        .target(
            name: "HTTPServer",
            dependencies: ["CMicroHTTPD", "StreamSafe", "ZeroMQ", .logging, .lifecycle],
            path: "Sources/Wrappers/HTTPServer",
            swiftSettings: strict,
            // libmicrohttpd reads through the `recv` of this module, which it only finds where it is exported (ADR 0015).
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=recv"])]
        ),
        module("HTTPClient", on: .wrappers, ["CCurl"]),
        module("Secrets", on: .wrappers, ["COpenSSL"]),
        module("QRCode", on: .wrappers, ["CQREncode"]),
        module("StandardStreams", on: .wrappers),
        module("StreamSafe", on: .wrappers),
        // Real processes for tests, and what goes wrong in them: it compiles the C source where it is needed.
        .target(
            name: "Processes",
            dependencies: ["CSpawn"],
            path: "Sources/Wrappers/Processes",
            resources: [.embedInCode("host_faults.c")],
            swiftSettings: strict
        ),
        module("SQLite", on: .wrappers, ["CSQLite"]),
        module("PostgreSQL", on: .wrappers, ["CPostgreSQL", "HostNames"]),
        module("Gzip", on: .wrappers, ["CZlib"]),

        // The floor every service stands on.
        module("Bus", ["StreamSafe", "ZeroMQ", .logging, .lifecycle]),
        module("Storage", on: .shared, ["Bus", "Ordering", "PostgreSQL", "SQLite", "Secrets", .logging]),
        module("Topology", on: .shared, [.yams]),
        module("Logs", on: .shared, ["Bus", "StandardStreams", "Topology", .logging]),
        module("Telemetry", on: .shared, ["Bus", "HTTPClient", "ZeroMQ", .logging]),
        module("Leases", on: .shared, ["Recency", .logging]),
        module("Contracts", on: .shared, ["Bus", "Leases"]),
        module(
            "FountainService",
            on: .shared,
            [
                "Bus", "HTTPClient", "Logs", "PostgreSQL", "Secrets", "StandardStreams", "Storage", "Telemetry",
                "Topology",
                .lifecycle, .logging, .signals,
            ]
        ),
        // What a run's history shows; it knows of nothing else here.
        module("Histories"),
        module("Ordering", on: .shared),
        module("Recency", on: .shared),
        module("Screenplay", on: .shared, ["Contracts", "Bus", "StreamSafe"]),
        module("Receipts", on: .shared, ["Bus", "Secrets"]),
        module("Audit", on: .shared, ["Contracts", "Bus", "Secrets", "Storage"]),

        // The services; none imports another.
        module(
            "KeyManagement",
            on: .services,
            ["Audit", "Contracts", "Bus", "Leases", "Receipts", "Recency", "Storage", "Secrets", .logging]
        ),
        module(
            "TwoFactor",
            on: .services,
            [
                "Audit", "Contracts", "Bus", "Leases", "Receipts", "Storage", "Secrets", "QRCode", "HTTPClient",
                .logging,
            ]
        ),
        module("ServiceA", on: .services, ["Contracts", "Bus", "Ordering", "Storage", .logging]),
        module(
            "Gateway",
            on: .edge,
            [
                "HTTPServer", "Bus", "Gzip", "Leases", "Logs", "Recency", "StreamSafe", "Topology", "Secrets", .logging,
                .lifecycle,
            ]
        ),
        module(
            "TypesenseClient",
            on: .services,
            ["Contracts", "Bus", "Ordering", "Storage", "StreamSafe", "HTTPClient", "Secrets", .logging]
        ),

        // One assembly, one command line, one test kit.
        module(
            "Ecosystem",
            [
                "FountainService", "Gateway", "KeyManagement", "TwoFactor", "ServiceA", "TypesenseClient", "Audit",
                "Contracts", "Bus", "Leases", "Screenplay", "Storage", "Secrets", "HTTPClient", "HTTPServer",
                "Topology",
                .logging, .lifecycle,
            ]
        ),
        module(
            "EcosystemTesting",
            [
                "DatabaseServer", "Ecosystem", "FountainService", "Histories", "Logs", "Processes", "TwoFactor",
                "HTTPClient", "Contracts",
                "Bus", "Secrets", "ZeroMQ", "Topology", .logging, .lifecycle,
            ]
        ),
        .executableTarget(
            name: "fountain",
            dependencies: [
                "Ecosystem", "FountainService", "QRCode", "Audit", "KeyManagement", "Contracts", "Bus", "HTTPClient",
                "Logs", "Screenplay", "StandardStreams", "Topology", .argumentParser, .logging,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "bus-bench",
            dependencies: ["Bus", "Storage"],
            path: "Benchmarks/BusBench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "order-bench",
            dependencies: ["Bus", "Contracts", "ServiceA", "Storage"],
            path: "Benchmarks/OrderBench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "search-bench",
            dependencies: [
                "Bus", "Contracts", "Ecosystem", "HTTPClient", "Histories", "Storage", "TypesenseClient", .logging,
            ],
            path: "Benchmarks/SearchBench",
            swiftSettings: strict
        ),

        tests("HostNamesTests", on: .wrappers, ["HostNames"]),
        tests("ZeroMQTests", on: .wrappers, ["ZeroMQ", "HostNames"]),
        tests("HTTPServerTests", on: .wrappers, ["HTTPServer", "Fuzzing", "Histories", .logging, .lifecycle]),
        tests("HTTPClientTests", on: .wrappers, ["HTTPClient", "Processes"]),
        tests("SecretsTests", on: .wrappers, ["Secrets", "Processes"]),
        tests("QRCodeTests", on: .wrappers, ["QRCode"]),
        tests("GzipTests", on: .wrappers, ["Gzip", "Processes"]),
        tests("StandardStreamsTests", on: .wrappers, ["StandardStreams"]),
        tests("StreamSafeTests", on: .wrappers, ["StreamSafe"]),
        tests("SQLiteTests", on: .wrappers, ["SQLite"]),
        tests("ProcessesTests", on: .wrappers, ["Processes"]),
        // A real server for the tests that need one, ours and others'.
        .target(
            name: "DatabaseServer",
            dependencies: ["PostgreSQL", "Processes"],
            path: "Tests/Support/DatabaseServer",
            swiftSettings: strict
        ),
        .target(
            name: "Fuzzing",
            dependencies: ["Histories"],
            path: "Tests/Support/Fuzzing",
            swiftSettings: strict
        ),
        .target(
            name: "RecordedLogs",
            dependencies: [.logging],
            path: "Tests/Support/RecordedLogs",
            swiftSettings: strict
        ),
        .target(
            name: "OldDatabase",
            dependencies: ["SQLite"],
            path: "Tests/Support/OldDatabase",
            swiftSettings: strict
        ),
        tests("PostgreSQLTests", on: .wrappers, ["PostgreSQL", "HostNames", "DatabaseServer"]),
        // Worlds for machines without a clock of their own.
        .target(name: "Simulation", path: "Tests/Support/Simulation", swiftSettings: strict),
        tests("BusTests", ["Bus", "HostNames", "Simulation", "ZeroMQ"]),
        tests(
            "StorageTests",
            on: .shared,
            ["Storage", "Ordering", "PostgreSQL", "SQLite", "DatabaseServer", "Bus"]
        ),
        tests(
            "FountainServiceTests",
            on: .shared,
            ["FountainService", "Bus", "DatabaseServer", "Storage", "Telemetry", "Topology", .logging, .lifecycle]
        ),
        tests("TopologyTests", on: .shared, ["Topology"]),
        tests("OrderingTests", on: .shared, ["Ordering"]),
        tests("LogsTests", on: .shared, ["Logs", "StandardStreams", "Topology", .logging]),
        tests(
            "TelemetryTests",
            on: .shared,
            ["Telemetry", "Bus", "HTTPClient", "HTTPServer", "RecordedLogs", .logging]
        ),
        tests("HistoriesTests", ["Histories"]),
        tests("RecencyTests", on: .shared, ["Recency"]),
        tests("LeasesTests", on: .shared, ["Leases", "Simulation", .logging]),
        tests("ScreenplayTests", on: .shared, ["Screenplay", "Contracts", "Bus"], exclude: ["Fixtures"]),
        tests("ContractsTests", on: .shared, ["Contracts", "Bus"]),
        tests(
            "KeyManagementTests",
            on: .services,
            [
                "KeyManagement", "Audit", "Contracts", "Bus", "Leases", "Receipts", "Storage", "Secrets", "SQLite",
                "PostgreSQL",
                "DatabaseServer", "OldDatabase", "Processes", .logging,
            ]
        ),
        tests(
            "TwoFactorTests",
            on: .services,
            [
                "TwoFactor", "Audit", "Contracts", "Bus", "Leases", "Storage", "Secrets", "SQLite", "QRCode",
                "HTTPClient",
                "HTTPServer", "PostgreSQL", "DatabaseServer", "OldDatabase", "Processes", .logging,
            ]
        ),
        tests(
            "ServiceATests",
            on: .services,
            ["ServiceA", "Contracts", "Bus", "Ordering", "Storage", "PostgreSQL", "SQLite", "DatabaseServer"]
        ),
        tests(
            "TypesenseClientTests",
            on: .services,
            [
                "TypesenseClient", "Contracts", "Bus", "Storage", "SQLite", "OldDatabase", "HTTPClient", "Processes",
                .logging,
            ]
        ),
        tests(
            "GatewayTests",
            on: .edge,
            [
                "Gateway", "HTTPServer", "Bus", "Fuzzing", "Histories", "Leases", "Processes", "RecordedLogs",
                "Topology", "Secrets", .logging, .lifecycle,
            ]
        ),
        tests("EcosystemTests", ["Ecosystem", "Contracts", "Topology", "Bus", "HTTPClient", "HTTPServer", .logging]),
        tests(
            "EcosystemTestingTests",
            [
                "EcosystemTesting", "FountainService", "ServiceA", "TypesenseClient", "Contracts", "Bus", "Processes",
                "Storage", .logging,
            ]
        ),
        tests(
            "IntegrationTests",
            [
                "EcosystemTesting", "Ecosystem", "FountainService", "Gateway", "Histories", "Leases", "TwoFactor",
                "HTTPClient", "HTTPServer", "Screenplay", "Secrets",
                "Contracts", "Bus", "PostgreSQL", "Storage", "Topology", "DatabaseServer", "Processes", "fountain",
                .logging,
                .lifecycle,
            ]
        ),
    ]
)
