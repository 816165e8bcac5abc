// What one transaction found and what it changed, noted down while it runs.

import Bus
import Synchronization

final class RecordList: Sendable {
    struct Found: Sendable {
        let key: RecordMemory.Key
        let record: any StoredRecord
        /// Bytes, as far as its text tells, and some for the rest.
        let size: Int
    }

    private static let overhead = 512

    private let notes = Mutex((found: [Found](), changes: [RecordMemory.Change]()))

    var found: [Found] { notes.withLock { $0.found } }
    var changes: [RecordMemory.Change] { notes.withLock { $0.changes } }

    func add<Record: StoredRecord>(_ record: Record) throws {
        let size = try PayloadCoding.encode(record).count + Self.overhead
        let found = Found(key: RecordMemory.Key(Record.self, record.id), record: record, size: size)
        notes.withLock { $0.found.append(found) }
    }

    func add(_ change: RecordMemory.Change) { notes.withLock { $0.changes.append(change) } }
}
