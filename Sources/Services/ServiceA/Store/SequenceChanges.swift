// The tables and the events of one transaction: what a change may touch.

import Contracts
import Storage

struct SequenceChanges {
    let tables: SequenceTables

    /// Records that an element has changed. The event's offset is the change's revision: it grows with every change.
    func record(_ kind: SequenceChange.Kind, _ row: ElementRow) throws {
        try tables.transaction.publish(SequenceOperations.changed, key: row.element.key) { offset in
            row.change(kind, revision: offset)
        }
    }
}
