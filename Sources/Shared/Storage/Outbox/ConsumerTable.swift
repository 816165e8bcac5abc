// The positions of named consumers, beside the topics that they follow. What a position may become is decided in `Bus`.

import Bus
import GRDB

struct ConsumerTable {
    let db: Database

    private static let columns = "name, topic, epoch, acknowledged, gaps_found, gaps_filled, owner"

    func all() throws -> [ConsumerPosition] {
        try Row.fetchAll(db, sql: "SELECT \(Self.columns) FROM consumer ORDER BY topic, name").map(Self.position)
    }

    func position(of consumer: String, in topic: String) throws -> ConsumerPosition? {
        let statement = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM consumer WHERE topic = ? AND name = ?")
        return try Row.fetchOne(statement, arguments: [topic, consumer]).map(Self.position)
    }

    /// Of one consumer, in all topics.
    func positions(of consumer: String) throws -> [ConsumerPosition] {
        let statement = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM consumer WHERE name = ?")
        return try Row.fetchAll(statement, arguments: [consumer]).map(Self.position)
    }

    func put(_ position: ConsumerPosition) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO consumer (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        try statement.execute(arguments: [
            position.consumer, position.topic, Int64(clamping: position.epoch), Int64(clamping: position.acknowledged),
            Int64(clamping: position.gapsFound), Int64(clamping: position.gapsFilled),
            position.owner,
        ])
    }

    /// Returns how many there were.
    func remove(_ consumer: String, of topic: String?) throws -> Int {
        try db.execute(
            sql: "DELETE FROM consumer WHERE name = ?1 AND topic = coalesce(?2, topic)",
            arguments: [consumer, topic]
        )
        return db.changesCount
    }

    private static func position(_ row: Row) -> ConsumerPosition {
        ConsumerPosition(
            consumer: row[0],
            topic: row[1],
            epoch: UInt64(clamping: row[2] as Int64),
            acknowledged: UInt64(clamping: row[3] as Int64),
            gapsFound: UInt64(clamping: row[4] as Int64),
            gapsFilled: UInt64(clamping: row[5] as Int64),
            owner: row[6]
        )
    }
}
