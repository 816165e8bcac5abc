// What the writer remembers of topics is what is in the tables, whatever is undone.

import Bus
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct EventDraftTests {
    @Test(arguments: StoreKind.allCases) func `a topic that nobody declared begins with the first event that stands`(
        kind: StoreKind
    ) async throws {
        let store = try DurableStore(try kind.place(), migrations: [TestDatabase.tables])
        // One transaction, in which only the first of the two is undone; PostgreSQL hears why when both have been run.
        let gate = await WriterGate(store)
        let undone = Task {
            try await store.write { transaction in
                try transaction.publish(numbers, key: "1", Number(value: 1))
                for _ in 1...2 { try transaction.later("INSERT INTO number (value) VALUES (1)", []) }
            }
        }
        try await store.waitUntilQueued(1)
        let done = Task { try await store.add(2) }
        try await store.waitUntilQueued(2)
        try await gate.open()
        await #expect(throws: StoreError.self) { try await undone.value }
        #expect(try await done.value == 1)
        #expect(try await store.add(3) == 2)
        #expect(try await store.outbox.heads().map(\.head) == [2])
        let events = try await store.outbox.read(topic: numbers.name, from: 1, limit: 10)
        #expect(try events.map { try $0.decode(numbers).value } == [2, 3])
    }
}
