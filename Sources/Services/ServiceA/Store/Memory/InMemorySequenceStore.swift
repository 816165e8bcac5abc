// The elements in memory, for tests and ecosystems that keep nothing: the same rules as on disk, one change at a time by being an actor.

package import Bus
import Contracts
package import Storage

package actor InMemorySequenceStore: SequenceStore {
    package typealias Tables = MemoryTables

    private var tables: MemoryTables
    private var answers: [String: (claim: IdempotencyClaim, answer: any Sendable)] = [:]
    private let log = MemoryEventLog(topics: [SequenceOperations.changed.name])
    private let limits: StoreLimits
    private let now: @Sendable () -> Deadline

    package nonisolated var events: any EventLog { log }

    package init(_ limits: StoreLimits = StoreLimits(), now: @escaping @Sendable () -> Deadline = { .now }) {
        (self.limits, self.now) = (limits, now)
        tables = MemoryTables(log: log)
    }

    package func write<Answer: Codable & Sendable>(
        _ claim: IdempotencyClaim?,
        _ extent: WriteExtent,
        _ body: @escaping @Sendable (SequenceEditor<MemoryTables>) throws -> Answer
    ) throws -> Answer {
        guard let claim else { return try run(extent, body) }
        let name = "\(claim.sender) \(claim.key)"
        if let first = answers[name] {
            guard first.claim == claim, let answer = first.answer as? Answer else { throw claim.reused }
            CallContext.current?.effect?.noteOrigin(isEarlierCall: true)
            return answer
        }
        CallContext.current?.effect?.noteOrigin(isEarlierCall: false)
        let answer = try run(extent, body)
        answers[name] = (claim, answer)
        return answer
    }

    package func view<Answer: Sendable>(
        rows: Int,
        _ body: @escaping @Sendable (SequenceReader<MemoryTables>) throws -> Answer
    ) throws -> Answer {
        try body(SequenceReader(tables))
    }

    /// What was emptied is gone at once.
    package func sweep() -> Bool { false }

    /// Events go out when all is well, as they do after a commit.
    private func run<Answer>(_ extent: WriteExtent, _ body: (SequenceEditor<MemoryTables>) throws -> Answer) throws
        -> Answer
    {
        let work = extent.isWhole ? tables.copy() : tables
        let answer = try body(SequenceEditor(work, now(), WriteTurn(limits, canEnd: extent.isWhole)))
        tables = work
        work.publish()
        return answer
    }
}
