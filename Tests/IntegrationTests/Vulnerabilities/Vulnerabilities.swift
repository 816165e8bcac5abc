// Attacks that have worked elsewhere, played against a whole ecosystem, each over HTTP and directly on the bus. The names say where they
// come from; `docs/identity.md` lists them with what stops them here. One after the other: each brings a crowd of its own.

import Ecosystem
import EcosystemTesting
import Testing

@Suite(.tags(.integration), .witnessed, .serialized, .timeLimit(.minutes(2))) struct Vulnerabilities {
    /// An ecosystem, and a client of it without a token.
    static func attack(
        over transport: Transport,
        _ body: @Sendable (Caller) async throws -> Void
    ) async throws {
        try await TestEcosystem.run { try await body(Caller(ecosystem: $0, transport: transport)) }
    }
}
