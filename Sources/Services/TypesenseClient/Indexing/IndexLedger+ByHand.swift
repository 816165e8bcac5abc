// Whether a document is somebody's who wrote it by hand, or an element's.

import Bus
import Storage

extension IndexLedger {
    private static let element: SQL = "SELECT 1 FROM ledger WHERE id = $1 AND is_there = 1"

    /// - Throws: `Failure` with `conflict` for the document of an element.
    func refuseElement(_ id: String) throws {
        guard try transaction.exists(Self.element, [.text(id)]) else { return }
        throw Failure(.conflict, "An element stands behind \"\(id)\": delete that, and its document goes.")
    }
}
