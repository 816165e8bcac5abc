// The statements that change or read many records at once: one message to the database, however many they are.

import Storage

enum BulkStatements {
    static let endSessionsOfUser: SQL = """
        UPDATE session SET ended = $2 WHERE username = $1 AND ended IS NULL AND id <> $3 RETURNING id
        """
    static let endAllSessions: SQL = "UPDATE session SET ended = $1 WHERE ended IS NULL"

    static let accounts: SQL = """
        SELECT id, password_hash, roles, state, created_at FROM account
        WHERE id > $1 AND state <> 'deleted' ORDER BY id LIMIT $2
        """

    static let tokensWithSuccessor: SQL = """
        SELECT id, session, expires_at, used_at, successor FROM refresh_token WHERE successor IS NOT NULL ORDER BY id
        """
    static let tokens: SQL = "SELECT id FROM refresh_token WHERE id > $1 ORDER BY id LIMIT $2"
    static let forgetSuccessors: SQL = """
        UPDATE refresh_token SET successor = NULL
        WHERE id > $1 AND id <= $2 AND successor IS NOT NULL AND (used_at < $3 OR used_at > $4)
        """
    static let deleteReceipts: SQL = "DELETE FROM receipt"
}
