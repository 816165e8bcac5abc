// The tables. Lists are JSON text; times are Unix milliseconds; what is secret is a hash or sealed.

import Audit
package import Storage

extension DatabaseStore {
    package static let migrations = [
        Migration("kms.1", accounts + sessions + keys + AuditTable.schema),
        Migration("kms.2", AuditTable.index),
        Migration("kms.3", generations),
        Migration("kms.4", receipts),
        Migration("kms.5", leases),
        Migration("kms.6", AuditTable.client),
        Migration("kms.7", masterKeys),
        Migration("kms.8", replicas),
    ]

    private static let accounts = DDL(
        tables: """
            CREATE TABLE account (
                id TEXT PRIMARY KEY NOT NULL,
                password_hash TEXT NOT NULL,
                roles TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
                created_at INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE admin_token (
                id TEXT PRIMARY KEY NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE attempt (
                id TEXT PRIMARY KEY NOT NULL,
                count INTEGER NOT NULL,
                opens_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX attempt_expires_at ON attempt (expires_at);
            """
    )

    private static let sessions = DDL(
        tables: """
            CREATE TABLE session (
                id TEXT PRIMARY KEY NOT NULL,
                username TEXT NOT NULL REFERENCES account (id),
                amr TEXT NOT NULL,
                authenticated_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                ended TEXT CHECK (ended IN ('logout', 'reuse', 'revoked'))
            ) STRICT;
            CREATE INDEX session_username ON session (username);
            CREATE INDEX session_expires_at ON session (expires_at);
            CREATE TABLE refresh_token (
                id TEXT PRIMARY KEY NOT NULL,
                session TEXT NOT NULL REFERENCES session (id),
                expires_at INTEGER NOT NULL,
                used_at INTEGER,
                successor BLOB
            ) STRICT;
            CREATE INDEX refresh_token_session ON refresh_token (session);
            CREATE INDEX refresh_token_expires_at ON refresh_token (expires_at);
            """
    )

    private static let keys = DDL(
        tables: """
            CREATE TABLE service_key (
                id TEXT PRIMARY KEY NOT NULL,
                roles TEXT NOT NULL,
                scopes TEXT,
                created_at INTEGER NOT NULL,
                rotated_at INTEGER,
                valid_until INTEGER
            ) STRICT;
            CREATE TABLE key_secret (
                id TEXT PRIMARY KEY NOT NULL,
                service TEXT NOT NULL REFERENCES service_key (id),
                sealed BLOB NOT NULL,
                hint TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                last_used_at INTEGER
            ) STRICT;
            CREATE INDEX key_secret_service ON key_secret (service);
            CREATE TABLE signing_key (
                id TEXT PRIMARY KEY NOT NULL,
                public_key BLOB NOT NULL,
                sealed BLOB NOT NULL,
                published_at INTEGER NOT NULL,
                signs_from INTEGER NOT NULL
            ) STRICT;
            """
    )

    private static let receipts = DDL(
        tables: """
            CREATE TABLE receipt (
                id TEXT PRIMARY KEY NOT NULL,
                sealed BLOB NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX receipt_expires_at ON receipt (expires_at);
            """
    )

    private static let leases = DDL(
        tables: """
            CREATE TABLE lease (
                id TEXT PRIMARY KEY NOT NULL,
                milliseconds INTEGER NOT NULL
            ) STRICT;
            """
    )

    /// What those that share the database tell each other (`ReplicaLedger`).
    private static let replicas = DDL(
        tables: """
            CREATE TABLE keeper (
                id TEXT PRIMARY KEY NOT NULL,
                milliseconds INTEGER NOT NULL,
                runs INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE open_revocation (
                id TEXT PRIMARY KEY NOT NULL,
                milliseconds INTEGER NOT NULL
            ) STRICT;
            """
    )

    private static let masterKeys = DDL(
        tables: """
            CREATE TABLE master_key (
                id TEXT PRIMARY KEY NOT NULL,
                fingerprint TEXT NOT NULL
            ) STRICT;
            """
    )

    /// Of keys that are there already the times have to say which came first.
    private static let generations = DDL(
        tables: """
            ALTER TABLE signing_key ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE signing_key ADD COLUMN retired_at INTEGER;
            UPDATE signing_key SET generation = (
                SELECT COUNT(*) FROM signing_key AS other
                WHERE other.signs_from < signing_key.signs_from
                    OR (other.signs_from = signing_key.signs_from AND other.id <= signing_key.id)
            );
            """
    )
}
