// What an earlier version kept in the file of the KMS: a dump, its secrets cut short.

import OldDatabase

extension OldDatabase {
    static func make(at path: String) throws { try make(at: path, with: own) }

    private static let own = #"""
        INSERT INTO grdb_migrations VALUES ('kms.1');
        INSERT INTO grdb_migrations VALUES ('kms.2');
        CREATE TABLE account (
            id TEXT PRIMARY KEY NOT NULL,
            password_hash TEXT NOT NULL,
            roles TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'deleted')),
            created_at INTEGER NOT NULL
        ) STRICT;
        INSERT INTO account VALUES ('root', '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA', '["admin","user"]', 'active',
            1795715827173);
        INSERT INTO account VALUES ('ada', '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA', '["user"]', 'active',
            1795715827706);
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
        CREATE TABLE session (
            id TEXT PRIMARY KEY NOT NULL,
            username TEXT NOT NULL REFERENCES account (id),
            amr TEXT NOT NULL,
            authenticated_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            ended TEXT CHECK (ended IN ('logout', 'reuse', 'revoked'))
        ) STRICT;
        INSERT INTO session VALUES ('zc6ojoOEo7mTDoQC-foELBOQgIP8BCNJ04G4QXzsTFw', 'root', '["pwd"]',
            1795715828310, 1798307828310, NULL);
        INSERT INTO session VALUES ('-9ZX0sIVBz9GVHuGtnOV4K4M5SCJ52ale4IqoR4r_GE', 'ada', '["pwd"]', 1795715829738,
            1798307829738, NULL);
        CREATE TABLE refresh_token (
            id TEXT PRIMARY KEY NOT NULL,
            session TEXT NOT NULL REFERENCES session (id),
            expires_at INTEGER NOT NULL,
            used_at INTEGER,
            successor BLOB
        ) STRICT;
        INSERT INTO refresh_token VALUES ('112e1a11e8771e5329f508e5a532876364243974376cef016b2e279bc3a7d868',
            'zc6ojoOEo7mTDoQC-foELBOQgIP8BCNJ04G4QXzsTFw', 1798307828310, NULL, NULL);
        INSERT INTO refresh_token VALUES ('48820c633024566ff14cbc624ebac97526f622c3380b1e53d1fa80d823085256',
            '-9ZX0sIVBz9GVHuGtnOV4K4M5SCJ52ale4IqoR4r_GE', 1798307829738, NULL, NULL);
        CREATE TABLE service_key (
            id TEXT PRIMARY KEY NOT NULL,
            roles TEXT NOT NULL,
            scopes TEXT,
            created_at INTEGER NOT NULL,
            rotated_at INTEGER,
            valid_until INTEGER
        ) STRICT;
        INSERT INTO service_key VALUES ('job', '["user"]', '["sequence.*"]', 1795715829012, 1795715829033, NULL);
        CREATE TABLE key_secret (
            id TEXT PRIMARY KEY NOT NULL,
            service TEXT NOT NULL REFERENCES service_key (id),
            sealed BLOB NOT NULL,
            hint TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            last_used_at INTEGER
        ) STRICT;
        INSERT INTO key_secret VALUES ('73426f65a7da3ae73de98fb4e68b2e45ffd6f2b84220994376ff2395da5f2423', 'job',
            X'010000000129e3c0', 'fai_FRRz…', 1795715829012, 1795719429033, NULL);
        INSERT INTO key_secret VALUES ('d51c8fba7ef217d1ef7497fbb253fbb112f6fd711a077d5ae01b54ad03d530d7', 'job',
            X'01000000011d976c', 'fai_UlwV…', 1795715829033, NULL, NULL);
        CREATE TABLE signing_key (
            id TEXT PRIMARY KEY NOT NULL,
            public_key BLOB NOT NULL,
            sealed BLOB NOT NULL,
            published_at INTEGER NOT NULL,
            signs_from INTEGER NOT NULL
        ) STRICT;
        INSERT INTO signing_key VALUES ('1d81b27463bc9414', X'bc9216ab3c3759e5', X'01000000017b8244',
            1795715828315, 1795715828315);
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
        INSERT INTO audit VALUES (1, 1795715827173, 'kms.register', 'ok', 'root', 'peer:gateway', 'gateway',
            '9f73c49f2b3d24e19cd1503977a58ea9', '',
            X'205c5be5ca24d1795c94fa3e60072d62cf2a7e9f6b9802afc0a6338812072f8b');
        INSERT INTO audit VALUES (2, 1795715827706, 'kms.register', 'ok', 'ada', 'peer:gateway', 'gateway',
            '922d6fa3b5632274bf4d38e48eae4c01', '',
            X'07c50956fd896031fbfbf9aece92d35052737e852748fe452cf574a1a8880526');
        INSERT INTO audit VALUES (3, 1795715828310, 'kms.login', 'ok', 'root', 'peer:gateway', 'gateway',
            '02c9b3dea641c5e0cada2e5720a86a95', 'pwd',
            X'3d785aef0cbc1c1b3c94599bdab51ad55ded0ea5b06ac15f4d3f3f2b4b1d76e1');
        INSERT INTO audit VALUES (4, 1795715828315, 'kms.signing_keys.rotate', 'ok', '1d81b27463bc9414',
            'service:kms', '', '', '', X'8091f2215680994fd94dd535a9171754632f86946897be2bb346f5766491a710');
        INSERT INTO audit VALUES (5, 1795715828983, 'kms.login', 'bad_credentials', 'ada', 'peer:gateway',
            'gateway', 'addf3f91868934734a3b698011e49ad7', 'pwd',
            X'58244f68ac4da0316f7de705039f71b4773a20c57f605d83cd7815d0741ef2df');
        INSERT INTO audit VALUES (6, 1795715829012, 'kms.keys.create', 'ok', 'job', 'user:root', 'gateway',
            '696279bb108717e05dbb92de1fe66631', 'pwd',
            X'5fc47c8c5b69c29bcfa15eba15352cec490a3a739b1b78c70c4c2e783af94861');
        INSERT INTO audit VALUES (7, 1795715829033, 'kms.keys.rotate', 'ok', 'job', 'user:root', 'gateway',
            '3d3c3b20d75db4024bb1003bc484fbc5', 'pwd',
            X'f564d8f89b135a43d85816471f1edf9c6194e8abf5918c0929569cfd75bf7d20');
        INSERT INTO audit VALUES (8, 1795715829738, 'kms.login', 'ok', 'ada', 'peer:gateway', 'gateway',
            '837bf82de423f95942df6b7ff333e7a9', 'pwd',
            X'f5ac23751b0e942988f42f682be52da7befa911a3f825d5445cdb47f1864d693');
        CREATE INDEX attempt_expires_at ON attempt (expires_at);
        CREATE INDEX session_username ON session (username);
        CREATE INDEX session_expires_at ON session (expires_at);
        CREATE INDEX refresh_token_session ON refresh_token (session);
        CREATE INDEX refresh_token_expires_at ON refresh_token (expires_at);
        CREATE INDEX key_secret_service ON key_secret (service);
        CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        CREATE TRIGGER audit_remains BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log only grows'); END;
        CREATE INDEX audit_subject ON audit (subject, number);
        """#
}
