// Answers already given, kept in the transaction of their effect, so that a repeated request gets the first answer and no second effect.
//
// Only successes are kept: a request that failed has changed nothing and is judged afresh. Answers are kept for a day.

package import Bus

package enum IdempotencyLedger {
    /// Microseconds for which an answer is kept: one day.
    private static let lifetime: Int64 = 86_400_000_000

    /// Some for each that comes, so that old ones never gather, and however many there are nobody's write waits for all of them.
    private static let forget: SQL = """
        DELETE FROM idempotency WHERE (sender, key) IN
            (SELECT sender, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT 20)
        """
    private static let recall: SQL = """
        SELECT operation, request, answer FROM idempotency WHERE sender = $1 AND key = $2 AND created_at >= $3
        """
    /// What has the key is too old to be answered.
    private static let remember: SQL = """
        INSERT INTO idempotency (sender, key, operation, request, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (sender, key) DO UPDATE SET operation = excluded.operation, request = excluded.request,
            answer = excluded.answer, created_at = excluded.created_at
        """

    private static let drop: SQL = "DELETE FROM idempotency WHERE sender = $1 AND key = $2"

    /// What a claim was answered has not come to be after all.
    package static func forget(_ claim: IdempotencyClaim?, in transaction: any Transaction) throws {
        guard let claim else { return }
        try transaction.later(drop, [.text(claim.sender), .text(claim.key)])
    }

    /// Runs `body`, or answers what it answered when this claim was made first.
    ///
    /// - Throws: What `body` throws; `Failure` with `idempotency_key_reused` where the key belongs to another request.
    package static func once<Answer: Codable>(
        _ claim: IdempotencyClaim?,
        now: Deadline,
        in transaction: any Transaction,
        body: () throws -> Answer
    ) throws -> Answer {
        guard let claim else { return try body() }
        let now = Int64(clamping: now.microseconds)
        try transaction.later(forget, [.integer(now - lifetime)])
        if let first = try recall(claim, since: now - lifetime, in: transaction) {
            CallContext.current?.effect?.noteOrigin(isEarlierCall: true)
            return try PayloadCoding.decode(Answer.self, from: first[...])
        }
        CallContext.current?.effect?.noteOrigin(isEarlierCall: false)
        let answer = try body()
        try transaction.later(
            remember,
            [
                .text(claim.sender), .text(claim.key), .text(claim.operation), .bytes(claim.kept),
                .bytes(try PayloadCoding.encode(answer)), .integer(now),
            ]
        )
        return answer
    }

    private static func recall(
        _ claim: IdempotencyClaim,
        since oldest: Int64,
        in transaction: any Transaction
    ) throws -> [UInt8]? {
        try transaction.row(recall, [.text(claim.sender), .text(claim.key), .integer(oldest)]) { row in
            guard row.text(0) == claim.operation, claim.isKept(as: row.bytes(1)) else { throw claim.reused }
            return row.bytes(2)
        }
    }

    static let migrations = [
        Migration(
            "idempotency.1",
            sqlite: """
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
                """,
            postgreSQL: """
                CREATE TABLE idempotency (
                    sender TEXT NOT NULL,
                    key TEXT NOT NULL,
                    operation TEXT NOT NULL,
                    request BYTEA NOT NULL,
                    answer BYTEA NOT NULL,
                    created_at BIGINT NOT NULL,
                    PRIMARY KEY (sender, key)
                );
                CREATE INDEX idempotency_age ON idempotency (created_at);
                """
        )
    ]
}
