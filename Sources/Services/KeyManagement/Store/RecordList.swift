// What one transaction found and what it changed, noted down while it runs.

import Storage
import Synchronization

final class RecordList: Sendable {
    struct Found: Sendable {
        let key: RecordMemory.Key
        let record: any StoredRecord
        /// Bytes of what its columns hold, and some for the rest.
        let size: Int
    }

    private static let overhead = 512

    private let notes = Mutex((found: [Found](), changes: [RecordMemory.Change]()))

    var found: [Found] { notes.withLock { $0.found } }
    var changes: [RecordMemory.Change] { notes.withLock { $0.changes } }

    func add<Record: StoredRecord>(_ record: Record) {
        let size = record.values.reduce(Self.overhead) { $0 + $1.size }
        let found = Found(key: RecordMemory.Key(Record.self, record.id), record: record, size: size)
        notes.withLock { $0.found.append(found) }
    }

    func add(_ change: RecordMemory.Change) { notes.withLock { $0.changes.append(change) } }
}
