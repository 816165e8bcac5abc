// What a write is answered whose transaction is lost.

import Bus
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct WriteJobTests {
    /// The client's second try comes while the first waits for the disk.
    @Test(arguments: StoreKind.allCases) func `nobody is refused for what a neighbour wrote that is lost`(
        kind: StoreKind
    ) async throws {
        let plant = StorePlant(nil) { !$0.isEmpty }
        let store = try StorePlant.$current.withValue(plant) { try kind.open() }
        let gate = await WriterGate(store)
        let first = Task { try await store.addOnce(7) }
        try await store.waitUntilQueued(1)
        let second = Task { try await store.addOnce(7) }
        try await store.waitUntilQueued(2)
        try await gate.open()
        let failures = [
            await #expect(throws: Failure.self) { try await first.value },
            await #expect(throws: Failure.self) { try await second.value },
        ]
        #expect(failures.map { $0?.code } == [.unavailable, .unavailable])
        #expect(try await store.allNumbers().isEmpty)
    }
}

extension DurableStore {
    fileprivate func addOnce(_ value: Int) async throws {
        try await write { transaction in
            guard try !transaction.exists("SELECT 1 FROM number WHERE value = $1", [.int(value)]) else {
                throw Failure(.conflict, "There is a \(value) already.")
            }
            try transaction.run("INSERT INTO number (value) VALUES ($1)", [.int(value)])
            try transaction.publish(numbers, key: "\(value)", Number(value: value))
        }
    }
}
