// What an earlier version kept in the file of the built-in index: a dump, with words by FTS5's own rule.

import OldDatabase

extension OldDatabase {
    static func make(at path: String) throws { try make(at: path, with: own) }

    private static let own = #"""
        INSERT INTO grdb_migrations VALUES ('index.1');
        INSERT INTO grdb_migrations VALUES ('index.2');
        CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO ledger VALUES ('script_1',1);
        INSERT INTO ledger VALUES ('script_2',2);
        INSERT INTO ledger VALUES ('script_3',3);
        CREATE TABLE checkpoint (
            one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, offset INTEGER NOT NULL
        ) STRICT;
        INSERT INTO checkpoint VALUES (1,6245564321206409297,3);
        CREATE TABLE document (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            element_type TEXT NOT NULL,
            element_id INTEGER NOT NULL,
            sequence_number INTEGER NOT NULL,
            version_number INTEGER NOT NULL,
            comment TEXT NOT NULL,
            service_name TEXT NOT NULL
        ) STRICT;
        INSERT INTO document VALUES (1,'script_1','script',1,1,1,'line 1 of Hamlet','service_a');
        INSERT INTO document VALUES (2,'script_2','script',2,2,1,'line 2 of Hamlet','service_a');
        INSERT INTO document VALUES (3,'script_3','script',3,3,1,'line 3 of Hamlet','service_a');
        CREATE VIRTUAL TABLE words USING fts5(
            comment, element_type, service_name,
            content = 'document', content_rowid = 'row', prefix = '2 3',
            tokenize = 'unicode61 remove_diacritics 2'
        );
        CREATE TRIGGER document_added AFTER INSERT ON document BEGIN
            INSERT INTO words (rowid, comment, element_type, service_name)
            VALUES (new.row, new.comment, new.element_type, new.service_name);
        END;
        CREATE TRIGGER document_removed AFTER DELETE ON document BEGIN
            INSERT INTO words (words, rowid, comment, element_type, service_name)
            VALUES ('delete', old.row, old.comment, old.element_type, old.service_name);
        END;
        CREATE TRIGGER document_reworded AFTER UPDATE ON document
        WHEN (new.comment, new.element_type, new.service_name)
            IS NOT (old.comment, old.element_type, old.service_name)
        BEGIN
            INSERT INTO words (words, rowid, comment, element_type, service_name)
            VALUES ('delete', old.row, old.comment, old.element_type, old.service_name);
            INSERT INTO words (rowid, comment, element_type, service_name)
            VALUES (new.row, new.comment, new.element_type, new.service_name);
        END;
        """#
}
