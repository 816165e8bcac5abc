// The engine that searches go through: the built-in one, or the real Typesense.

import EcosystemTesting
import Processes

enum SearchKind: String, CaseIterable, Sendable {
    case builtIn, typesense

    /// In process, with the engine that is built in; a request has ten seconds.
    static let patient = TestTopology.inProcess + "\nsearch: {max_wait: 8s}\n"

    /// For `ComposedEcosystem`, whose topology has Typesense.
    var settings: [String: String] {
        guard self == .builtIn else { return [:] }
        return [
            "engine: typesense": "engine: builtin", "  url: ${TYPESENSE_URL:-http://typesense:8108}\n": "",
            "  api_key_file: ${TYPESENSE_API_KEY_FILE:-/run/secrets/typesense_api_key}\n": "",
        ]
    }

    /// An ecosystem in this process that searches through it, and waits for what is behind an offset as long as a full machine may take.
    func run(_ body: @Sendable (TestEcosystem) async throws -> Void) async throws {
        guard self == .typesense else { return try await TestEcosystem.run(yaml: Self.patient, body) }
        let directory = try TemporaryDirectory()
        let ports = try FreePorts.take(2)
        let typesense = try await RunningTypesense(in: directory, ports: (ports[0], ports[1]))
        try await TestEcosystem.run(searching: [typesense.url], typesense.keyFile, settings: "  max_wait: 8s", body)
        typesense.send(.kill)
    }
}

extension TestEcosystem {
    /// An ecosystem in this process before a Typesense that is there already; `settings` are of the section `search`.
    static func run(
        searching urls: [String],
        _ keyFile: String,
        settings: String = "",
        _ body: @Sendable (TestEcosystem) async throws -> Void
    ) async throws {
        let search = """

            search:
              engine: typesense
              url: "\(urls[0])"
              more_urls: [\(urls.dropFirst().map { "\"\($0)\"" }.joined(separator: ", "))]
              api_key_file: "\(keyFile)"
            \(settings)
            """
        try await run(yaml: TestTopology.inProcess + search, body)
    }
}
