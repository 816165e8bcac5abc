// Reading the elements, on a snapshot beside the writer.

import Bus
package import Contracts
import Storage

extension SQLiteSequenceStore {
    package func read(_ element: ElementReference) async throws -> SequenceElement {
        try await database.read { transaction in
            guard let row = try SequenceTables(transaction: transaction).element(element) else {
                throw SequenceFailure.missing(element)
            }
            return row.answer
        }
    }

    package func list(_ request: ListElements) async throws -> ElementPage {
        let limit = request.limit?.value ?? PageLimit.standard
        return try await database.read { transaction in
            let tables = SequenceTables(transaction: transaction)
            let rows = try tables.page(of: request.elementType, after: request.after ?? 0, limit: limit)
            let total = try tables.count(of: request.elementType)
            let last = rows.last?.number ?? total
            return ElementPage(
                elements: rows.map(\.answer),
                total: total,
                next: last < total ? last : nil,
                revision: try Outbox.head(of: SequenceOperations.changed.name, in: transaction)
            )
        }
    }

    package func history(_ request: ListVersions) async throws -> VersionPage {
        let element = ElementReference(elementType: request.elementType, elementId: request.elementId)
        let limit = request.limit?.value ?? PageLimit.standard
        return try await database.read { transaction in
            let tables = SequenceTables(transaction: transaction)
            guard let row = try tables.element(element) else { throw SequenceFailure.missing(element) }
            let versions = try tables.versions(of: element, after: request.after ?? 0, limit: limit)
            let last = versions.last?.versionNumber ?? row.version
            return VersionPage(versions: versions, next: last < row.version ? last : nil)
        }
    }
}
