// The tables and the outbox of one transaction: what a change may touch.

import Contracts
import Storage

struct SequenceChanges {
    let tables: SequenceTables
    let outbox: Outbox

    /// Records that an element has changed. The event's offset is the change's revision: it grows with every change.
    func record(_ kind: SequenceChange.Kind, _ row: ElementRow) throws {
        try outbox.append(SequenceOperations.changed, key: row.element.key, in: tables.db) { offset in
            row.change(kind, revision: offset)
        }
    }
}
