// What an earlier version kept in the file of the 2FA service: a dump, its secrets cut short, and some rows more.

import OldDatabase

extension OldDatabase {
    static func make(at path: String) throws { try make(at: path, with: own) }

    private static let own = #"""
        INSERT INTO grdb_migrations VALUES ('2fa-1');
        INSERT INTO grdb_migrations VALUES ('2fa-2');
        CREATE TABLE authenticator (
            username   TEXT    NOT NULL,
            is_active  INTEGER NOT NULL,
            id         TEXT    NOT NULL UNIQUE,
            secret     BLOB    NOT NULL,  -- sealed, bound to username and id
            created_at INTEGER NOT NULL,
            last_step  INTEGER NOT NULL, algorithm TEXT NOT NULL DEFAULT 'SHA1', digits INTEGER NOT NULL DEFAULT 6,
            PRIMARY KEY (username, is_active)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO authenticator VALUES ('ada', 0, 'KM_6d4sTAn-atCcC2BbK4Q', X'0100000001c76fd7', 1795715829, -1,
            'SHA1', 6);
        CREATE TABLE used_step (
            username      TEXT    NOT NULL,
            authenticator TEXT    NOT NULL,
            step          INTEGER NOT NULL,
            PRIMARY KEY (username, authenticator, step)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE recovery_code (
            username TEXT NOT NULL,
            hash     BLOB NOT NULL,
            PRIMARY KEY (username, hash)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE contact (
            username TEXT NOT NULL PRIMARY KEY,
            kind     TEXT NOT NULL CHECK (kind IN ('email', 'phone')),
            address  TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE challenge (
            username   TEXT    NOT NULL,
            purpose    TEXT    NOT NULL,
            id         TEXT    NOT NULL,
            hash       BLOB    NOT NULL,
            kind       TEXT,
            address    TEXT,
            expires_at INTEGER NOT NULL, session TEXT,
            PRIMARY KEY (username, purpose)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE attempt_budget (
            username TEXT    NOT NULL,
            factor   TEXT    NOT NULL,
            guesses  INTEGER NOT NULL,
            ready_at INTEGER NOT NULL,
            PRIMARY KEY (username, factor)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE delivery_budget (
            username  TEXT    NOT NULL PRIMARY KEY,
            last_at   INTEGER,
            day_start INTEGER NOT NULL,
            sent      INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY NOT NULL,
            at INTEGER NOT NULL,
            operation TEXT NOT NULL,
            outcome TEXT NOT NULL,
            subject TEXT NOT NULL,
            principal TEXT NOT NULL,
            peer TEXT NOT NULL,
            trace TEXT NOT NULL,
            factor TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        INSERT INTO audit VALUES (1, 1795715829000, '2fa.enroll', 'ok', 'ada', 'user:ada', 'gateway',
            'e5254b6cc0a54d17461e8febab519e1f', 'pwd',
            X'2c526c28efae3faa60c91fc0032932d46c428338786fcc6dcb3fa8fe74dcde42');
        INSERT INTO audit VALUES (2, 1795715829000, '2fa.enroll', 'ok', 'ada', 'user:ada', 'gateway',
            '20e6f07e416acb93b14b68122715dad3', 'pwd',
            X'479446006d1e671e35a7ecc01dccc4c50ecfc90c73887079f3a4e40389ab96aa');
        CREATE TABLE known_session (
            username TEXT    NOT NULL,
            position INTEGER NOT NULL,
            session  TEXT    NOT NULL,
            PRIMARY KEY (username, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE address_budget (
            address   TEXT    NOT NULL PRIMARY KEY,
            last_at   INTEGER,
            day_start INTEGER NOT NULL,
            sent      INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        CREATE INDEX audit_subject ON audit (subject, number);
        INSERT INTO authenticator VALUES ('ada', 1, 'a', X'010203', 17, 42, 'SHA512', 8);
        INSERT INTO used_step VALUES ('ada', 'a', 41), ('ada', 'a', 42), ('ada', 'before', 7);
        INSERT INTO recovery_code VALUES ('ada', X'0001');
        INSERT INTO contact VALUES ('ada', 'email', 'ada@example.org');
        INSERT INTO challenge VALUES ('ada', 'login', 'c', X'09', NULL, NULL, 99, 's');
        INSERT INTO attempt_budget VALUES ('ada', 'authenticator', 5, 7);
        INSERT INTO delivery_budget VALUES ('ada', 5, 4, 3);
        INSERT INTO known_session VALUES ('ada', 0, 'z'), ('ada', 1, 's');
        """#
}
