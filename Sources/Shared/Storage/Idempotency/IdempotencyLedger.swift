// Answers already given, kept in the transaction of their effect, so that a repeated request gets the first answer and no second effect.
//
// Only successes are kept: a request that failed has changed nothing and is judged afresh. Answers are kept for a day.

package import Bus
import Foundation
package import GRDB

package enum IdempotencyLedger {
    /// Microseconds for which an answer is kept: one day.
    private static let lifetime: Int64 = 86_400_000_000

    /// Runs `body`, or answers what it answered when this claim was made first.
    ///
    /// - Throws: What `body` throws; `Failure` with `idempotency_key_reused` where the key belongs to another request.
    package static func once<Answer: Codable>(
        _ claim: IdempotencyClaim?,
        now: Deadline,
        in db: Database,
        body: () throws -> Answer
    ) throws -> Answer {
        guard let claim else { return try body() }
        let now = Int64(clamping: now.microseconds)
        try db.execute(sql: "DELETE FROM idempotency WHERE created_at < ?", arguments: [now - lifetime])
        if let first = try recall(claim, in: db) { return try PayloadCoding.decode(Answer.self, from: first[...]) }
        let answer = try body()
        try remember(claim, try PayloadCoding.encode(answer), now, in: db)
        return answer
    }

    private static func recall(_ claim: IdempotencyClaim, in db: Database) throws -> [UInt8]? {
        let statement = try db.cachedStatement(
            sql: "SELECT operation, request, answer FROM idempotency WHERE sender = ? AND key = ?"
        )
        guard let row = try Row.fetchOne(statement, arguments: [claim.sender, claim.key]) else { return nil }
        let (operation, request, answer): (String, Data, Data) = (row[0], row[1], row[2])
        guard operation == claim.operation, [UInt8](request) == claim.request else { throw claim.reused }
        return [UInt8](answer)
    }

    private static func remember(_ claim: IdempotencyClaim, _ answer: [UInt8], _ now: Int64, in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO idempotency (sender, key, operation, request, answer, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        try statement.execute(arguments: [
            claim.sender, claim.key, claim.operation, Data(claim.request), Data(answer), now,
        ])
    }

    static func migrations(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("idempotency.1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE idempotency (
                        sender TEXT NOT NULL,
                        key TEXT NOT NULL,
                        operation TEXT NOT NULL,
                        request BLOB NOT NULL,
                        answer BLOB NOT NULL,
                        created_at INTEGER NOT NULL,
                        PRIMARY KEY (sender, key)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX idempotency_age ON idempotency (created_at);
                    """
            )
        }
    }
}
