// A store before another one, for tests that look at its writes or spoil them: what they leave alone goes through.

import Bus
import ServiceA

protocol WrappedStore: SequenceStore {
    associatedtype Base: SequenceStore where Base.Tables == Tables

    var base: Base { get }
}

extension WrappedStore {
    var events: any EventLog { base.events }

    func view<Answer: Sendable>(
        rows: Int,
        _ body: @escaping @Sendable (SequenceReader<Tables>) throws -> Answer
    ) async throws -> Answer {
        try await base.view(rows: rows, body)
    }

    func sweep() async throws -> Bool { try await base.sweep() }
}
