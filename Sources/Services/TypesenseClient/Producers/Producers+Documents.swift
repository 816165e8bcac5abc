// Documents of a producer's collection written and removed. Each by itself: what one is refused for does not touch the others. Which revision
// counts says `DocumentFence`.

import Bus
package import Contracts
import Storage

extension Producers {
    /// Many, in their order.
    package func write(_ request: ImportDocuments) async throws -> DocumentsImported {
        let name = request.collectionName
        try refuseElements(name, "written")
        guard (1...limits.imported).contains(request.documents.count) else {
            throw Failure.invalid("documents", "must have 1 to \(limits.imported) documents here")
        }
        let (schema, limits) = (try await collection(name.text).schema, limits)
        let documents = request.documents.map { text in
            Result { () throws(Failure) in try ProducerDocument(text.json, schema, limits) }
        }
        let written = try await writing(name, schema) { table, collection in
            try documents.map { document in
                try Self.only { try table.put(document.get(), .put, in: collection, limits) }
            }
        }
        let ids = documents.map { try? $0.get().id }
        let refusals = try await refusals(
            of: zip(ids, written).map { id, result in (try? result.get()).flatMap { _ in id } },
            name
        )
        return DocumentsImported(results: zip(written, refusals).map { .init($0, refusal: $1) })
    }

    /// One, as the original's relay does it.
    package func write(_ action: SyncDocuments.Action, _ text: DocumentText, in name: CollectionName) async throws
        -> DocumentsSynced
    {
        try refuseElements(name, "written")
        let (schema, limits) = (try await collection(name.text).schema, limits)
        let members = try ProducerDocument.members(of: text.json)
        let id = try ProducerDocument.id(in: members)
        let revision = try ProducerDocument.revision(in: members)
        if action == .delete {
            let isThere = try await remove(id, revision, in: name)
            return DocumentsSynced(indexed: 0, refused: [], removed: isThere ? 1 : 0)
        }
        let whole = action == .create ? try ProducerDocument(text.json, schema, limits) : nil
        let isNew = try await writing(name, schema) { table, collection in
            if let whole { return try table.put(whole, .create, in: collection, limits) }
            return try table.update(id, revision, with: text.json, in: collection, limits)
        }
        if let reason = try await refusals(of: [id], name)[0] { throw Failure(.conflict, reason) }
        return DocumentsSynced(indexed: isNew ? 1 : 0, refused: [], removed: 0)
    }

    /// Removes one; false where it was not there.
    package func remove(_ id: String, _ revision: Int?, in name: CollectionName) async throws -> Bool {
        try refuseElements(name, "written")
        let (schema, limits) = (try await collection(name.text).schema, limits)
        return try await writing(name, schema) { try $0.remove(id, revision, in: $1, limits) }
    }

    /// The writes of one call are one transaction; answered when the index has them.
    private func writing<Value: Sendable>(
        _ name: CollectionName,
        _ schema: CollectionSchema,
        _ body: @escaping @Sendable (ProducerTable, ProducerCollection) throws -> Value
    ) async throws -> Value {
        let value = try await store.write(isLong: true) { transaction in
            let table = ProducerTable(transaction)
            // It may have been dropped meanwhile, and another made.
            guard let collection = try table.collection(name.text), collection.schema == schema else {
                throw Self.missing(name.text)
            }
            return try body(table, collection)
        }
        _ = try await whole(name.text)
        return value
    }

    /// Why the index did not take what was written.
    private func refusals(of ids: [String?], _ name: CollectionName) async throws -> [String?] {
        let collection = try await collection(name.text)
        return try await store.read { transaction in
            try ids.map { id in try id.flatMap { try ProducerTable(transaction).refusal($0, in: collection) } }
        }
    }

    /// What is wrong with one document is its own; what is wrong with the store is everybody's.
    private static func only(_ body: () throws -> Bool) throws -> Result<Bool, Failure> {
        do { return .success(try body()) } catch let failure as Failure { return .failure(failure) }
    }
}

extension ProducerTable {
    /// Writes a document; false where it is there already.
    fileprivate func put(
        _ document: ProducerDocument,
        _ write: DocumentFence.Write,
        in collection: ProducerCollection,
        _ limits: ProducerLimits
    ) throws -> Bool {
        let known = try known(document.id, in: collection)
        let fence = DocumentFence(document.id, known)
        guard try fence.write(write, revision: document.revision, body: document.body) == .write else { return false }
        try refuseMore(known, in: collection, limits)
        let next = DocumentFence.Known(revision: document.revision, body: document.body)
        try put(document.id, next, instead: known, in: collection)
        return true
    }

    /// Writes some members of one that is there.
    fileprivate func update(
        _ id: String,
        _ revision: Int?,
        with text: JSONText,
        in collection: ProducerCollection,
        _ limits: ProducerLimits
    ) throws -> Bool {
        let known = try known(id, in: collection)
        let verdict = try DocumentFence(id, known).write(.update, revision: revision, body: text.bytes)
        guard verdict == .write, let there = known?.body else { return false }
        let merged = try ProducerDocument.merged(there, with: text)
        let document = try ProducerDocument(merged, collection.schema, limits)
        let next = DocumentFence.Known(revision: revision, body: document.body)
        try put(id, next, instead: known, in: collection)
        return true
    }

    fileprivate func remove(
        _ id: String,
        _ revision: Int?,
        in collection: ProducerCollection,
        _ limits: ProducerLimits
    ) throws -> Bool {
        let known = try known(id, in: collection)
        let (isThere, last) = try DocumentFence(id, known).remove(revision: revision)
        // Of what is not there and has no revision nothing is to be remembered.
        guard isThere || last != known?.revision else { return false }
        try refuseMore(known, in: collection, limits)
        try put(id, DocumentFence.Known(revision: last, body: nil), instead: known, in: collection)
        return isThere
    }

    private func refuseMore(_ known: DocumentFence.Known?, in collection: ProducerCollection, _ limits: ProducerLimits)
        throws
    {
        guard known == nil else { return }
        // As this transaction has left it.
        let ids = try self.collection(collection.schema.name)?.ids ?? 0
        guard ids < limits.documents else {
            throw Failure(.conflict, "The collection has \(ids) documents, as many as search.max_documents allows.")
        }
    }
}

extension DocumentsImported.Line {
    fileprivate init(_ result: Result<Bool, Failure>, refusal: String?) {
        switch result {
        case .success where refusal == nil: self.init(success: true)
        case .success: self.init(success: false, error: refusal, code: 400)
        case .failure(let failure): self.init(success: false, error: failure.detail, code: failure.code.status)
        }
    }
}
