// The writing connection of an engine with one mistake in it; see `StorePlant`.

#if DEBUG
import Bus

final class PlantedWriter: WriterConnection {
    private static let forget: SQL = "DELETE FROM event WHERE topic = $1 AND \"offset\" = $2"

    private let writer: any WriterConnection
    private let plant: StorePlant
    /// What is written behind its transaction.
    private var apart: [(sql: SQL, arguments: [SQLValue])] = []

    init(_ writer: any WriterConnection, _ plant: StorePlant) { (self.writer, self.plant) = (writer, plant) }

    var isInTransaction: Bool { writer.isInTransaction }
    var draft: EventDraft? { writer.draft }

    func transact(_ durability: Durability, _ body: () throws -> Void) throws -> [Event] {
        do {
            let events = try commit(durability, body)
            // Nobody waits for it, so nobody hears what became of it.
            try? writeApart()
            return events
        } catch {
            guard case .answersBeforeTheCommit? = plant.mistake else { throw error }
            return []
        }
    }

    private func commit(_ durability: Durability, _ body: () throws -> Void) throws -> [Event] {
        try writer.transact(durability) {
            try body()
            guard !plant.isFull(draft?.events ?? []) else { throw StoreError(.full, "as planted") }
        }
    }

    private func writeApart() throws {
        defer { apart = [] }
        guard !apart.isEmpty else { return }
        _ = try commit(.onDisk) { for (sql, arguments) in apart { try writer.run(sql, arguments) } }
    }

    func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        try writer.attempt {
            let value = try body()
            try skip()
            return value
        }
    }

    /// Takes back the event of a change, not the change. The next event has its offset.
    private func skip() throws {
        guard case .skipsEvents(let isSkipped)? = plant.mistake, let draft, let last = draft.events.last,
            isSkipped(last)
        else { return }
        try writer.run(Self.forget, [.text(last.topic), .count(last.offset)])
        draft.giveBack(to: draft.events.count - 1)
    }

    func run(_ sql: SQL, _ arguments: [SQLValue]) throws -> Int { try writer.run(sql, arguments) }

    func later(_ sql: SQL, _ arguments: [SQLValue]) throws {
        guard case .writesApart(let table)? = plant.mistake, sql.text.contains("INSERT INTO \(table) ") else {
            return try writer.later(sql, arguments)
        }
        apart.append((sql, arguments))
    }

    func each(_ sql: SQL, _ arguments: [SQLValue], _ body: (any Row) throws -> Bool) throws {
        try writer.each(sql, arguments, body)
    }
}
#endif
