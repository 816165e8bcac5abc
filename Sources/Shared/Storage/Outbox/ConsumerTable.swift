// The positions of named consumers, beside the topics that they follow. What a position may become is decided in `Bus`.

import Bus

struct ConsumerTable {
    let transaction: any Transaction

    private static let columns = "name, topic, epoch, acknowledged, gaps_found, gaps_filled, owner"
    private static let everybody = SQL("SELECT \(columns) FROM consumer ORDER BY topic, name")
    private static let one = SQL("SELECT \(columns) FROM consumer WHERE topic = $1 AND name = $2")
    private static let ofOne = SQL("SELECT \(columns) FROM consumer WHERE name = $1")
    private static let inOne = SQL("SELECT \(columns) FROM consumer WHERE topic = $1")
    private static let put = SQL(
        """
        INSERT INTO consumer (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (topic, name) DO UPDATE SET epoch = excluded.epoch, acknowledged = excluded.acknowledged,
            gaps_found = excluded.gaps_found, gaps_filled = excluded.gaps_filled, owner = excluded.owner
        """
    )
    private static let delete: SQL = "DELETE FROM consumer WHERE name = $1 AND topic = coalesce($2, topic)"

    func all() throws -> [ConsumerPosition] { try transaction.rows(Self.everybody, [], Self.position) }

    func position(of consumer: String, in topic: String) throws -> ConsumerPosition? {
        try transaction.row(Self.one, [.text(topic), .text(consumer)], Self.position)
    }

    /// Of one consumer, in all topics.
    func positions(of consumer: String) throws -> [ConsumerPosition] {
        try transaction.rows(Self.ofOne, [.text(consumer)], Self.position)
    }

    /// Of all consumers, in one topic.
    func positions(in topic: String) throws -> [ConsumerPosition] {
        try transaction.rows(Self.inOne, [.text(topic)], Self.position)
    }

    func put(_ position: ConsumerPosition) throws {
        try transaction.run(
            Self.put,
            [
                .text(position.consumer), .text(position.topic), .count(position.epoch), .count(position.acknowledged),
                .count(position.gapsFound), .count(position.gapsFilled), .text(position.owner),
            ]
        )
    }

    /// Returns how many there were.
    func remove(_ consumer: String, of topic: String?) throws -> Int {
        try transaction.run(Self.delete, [.text(consumer), .text(topic)])
    }

    private static func position(_ row: any Row) -> ConsumerPosition {
        ConsumerPosition(
            consumer: row.text(0),
            topic: row.text(1),
            epoch: row.count(2),
            acknowledged: row.count(3),
            gapsFound: row.count(4),
            gapsFilled: row.count(5),
            owner: row.textIfAny(6)
        )
    }
}
