// The tables of the 2FA service. Times are Unix seconds; a row belongs to the user in its key.

internal import Audit
internal import Storage

enum TwoFactorTables {
    static let migrations = [
        Migration("2fa-1", first),
        Migration("2fa-2", AuditTable.schema + AuditTable.index + second),
        // Codes on their way are of before: they count by their expiry alone.
        Migration("2fa-3", DDL(tables: "ALTER TABLE challenge ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0")),
        Migration("2fa-4", fourth),
        Migration("2fa-5", fifth),
        Migration("2fa-6", AuditTable.client),
        Migration("2fa-7", seventh),
    ]

    private static let first = DDL(
        tables: """
            CREATE TABLE authenticator (
                username   TEXT    NOT NULL,
                is_active  INTEGER NOT NULL,
                id         TEXT    NOT NULL UNIQUE,
                secret     BLOB    NOT NULL,  -- sealed, bound to username and id
                created_at INTEGER NOT NULL,
                last_step  INTEGER NOT NULL,
                PRIMARY KEY (username, is_active)
            ) STRICT, WITHOUT ROWID;
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
                expires_at INTEGER NOT NULL,
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
            """
    )

    private static let fifth = DDL(
        tables: """
            CREATE TABLE lease (milliseconds INTEGER NOT NULL PRIMARY KEY) STRICT;
            """
    )

    /// Master keys by their numbers.
    private static let seventh = DDL(
        tables: """
            CREATE TABLE master_key (
                id          INTEGER NOT NULL PRIMARY KEY,
                fingerprint TEXT    NOT NULL
            ) STRICT;
            """
    )

    private static let second = DDL(
        tables: """
            ALTER TABLE authenticator ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'SHA1';
            ALTER TABLE authenticator ADD COLUMN digits INTEGER NOT NULL DEFAULT 6;
            ALTER TABLE challenge ADD COLUMN session TEXT;
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
            """
    )

    private static let fourth = DDL(
        tables: """
            CREATE TABLE known_delivery_budget (
                username  TEXT    NOT NULL PRIMARY KEY,
                last_at   INTEGER,
                day_start INTEGER NOT NULL,
                sent      INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE receipt (
                id      TEXT    NOT NULL PRIMARY KEY,
                sealed  BLOB    NOT NULL,
                kept_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX receipt_kept_at ON receipt (kept_at);
            CREATE TABLE sign_out (
                username TEXT NOT NULL PRIMARY KEY,
                id       TEXT NOT NULL,
                kept     TEXT
            ) STRICT, WITHOUT ROWID;
            """
    )
}
