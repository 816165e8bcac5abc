// The documents; what is searched in them lies in a `WordTable` beside, which follows by triggers. SQLite's alone: FTS5 has no like.

import Contracts
import Storage

struct DocumentTable {
    let transaction: any Transaction

    init(_ transaction: any Transaction) { self.transaction = transaction }

    private static let save: SQL = """
        INSERT INTO document
            (id, element_type, element_id, sequence_number, version_number, comment, service_name,
            comment_words, element_type_words, service_name_words, sequence_name, place, is_by_hand)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET
            element_type = excluded.element_type, element_id = excluded.element_id,
            sequence_number = excluded.sequence_number, version_number = excluded.version_number,
            comment = excluded.comment, service_name = excluded.service_name,
            comment_words = excluded.comment_words, element_type_words = excluded.element_type_words,
            service_name_words = excluded.service_name_words,
            sequence_name = excluded.sequence_name, place = excluded.place, is_by_hand = excluded.is_by_hand
        """
    private static let remove: SQL = "DELETE FROM document WHERE id = $1"
    private static let move: SQL = "UPDATE document SET place = $1 WHERE id = $2 AND is_by_hand = 0"
    private static let count: SQL = "SELECT count(*) FROM document"

    /// Writes the document where it stands, or removes it where it is gone. A document by hand has no place: it keeps its number.
    func put(_ change: IndexChange, at place: Int64?) throws {
        guard let document = change.document, let texts = change.texts else {
            try remove(change.id)
            return
        }
        try transaction.run(
            Self.save,
            [
                .text(document.id), .text(document.elementType.rawValue), .int(document.elementId.value),
                .int(document.sequenceNumber), .int(document.versionNumber), .text(document.comment.text),
                .text(document.serviceName), .text(texts.comment.text), .text(texts.elementType.text),
                .text(texts.serviceName.text), .text(document.sequenceName.text),
                .integer(place ?? document.sortedPlace), .flag(place == nil),
            ]
        )
    }

    @discardableResult  // what is not there need not go
    func remove(_ id: String) throws -> Bool { try transaction.run(Self.remove, [.text(id)]) > 0 }

    /// Lets a document stand elsewhere; its words are not touched.
    func move(_ id: String, to place: Int64) throws { try transaction.run(Self.move, [.integer(place), .text(id)]) }

    func clear() throws { try transaction.run("DELETE FROM document") }

    func count() throws -> Int { try transaction.row(Self.count) { $0.int(0) } ?? 0 }
}

extension DocumentTable {
    static let making = """
        CREATE TABLE document (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            element_type TEXT NOT NULL,
            element_id INTEGER NOT NULL,
            sequence_number INTEGER NOT NULL,
            version_number INTEGER NOT NULL,
            comment TEXT NOT NULL,
            service_name TEXT NOT NULL,
            comment_words TEXT NOT NULL,
            element_type_words TEXT NOT NULL,
            service_name_words TEXT NOT NULL
        ) STRICT;
        """

    /// Everything by number or by name is read in that order, and no further than it is shown.
    static let ordering = """
        CREATE INDEX document_by_place ON document (place, element_type, element_id);
        CREATE INDEX document_by_name ON document (element_type, element_id, place);
        """

    /// What SQLite's planner believes of an index of a million (https://sqlite.org/fileformat.html#the_sqlite_stat1_table): a type or a sequence has
    /// too many documents to look each of them up among a word's. Left alone it takes them for ten, and a rare word of one type for seconds.
    static let proportions = """
        ANALYZE document;
        DELETE FROM sqlite_stat1 WHERE tbl = 'document';
        INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
            ('document', 'sqlite_autoindex_document_1', '1000000 1'),
            ('document', 'document_by_name', '1000000 200000 1 1'),
            ('document', 'document_by_place', '1000000 5 1 1'),
            ('document', 'document_place', '1000000 200000 1');
        ANALYZE sqlite_schema;
        """

    /// From stored numbers to places: what is shown is a rank, and nothing has to be written where others come and go.
    static let addingPlaces = """
        DELETE FROM document;
        ALTER TABLE document ADD COLUMN sequence_name TEXT NOT NULL DEFAULT '';
        ALTER TABLE document ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE document ADD COLUMN is_by_hand INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX document_place ON document (sequence_name, place);
        """
}
