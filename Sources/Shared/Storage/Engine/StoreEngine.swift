// What keeps a store's data: a file of SQLite, or a schema on PostgreSQL. One connection writes, some read.

protocol StoreEngine: Sendable {
    /// Lends the writing connection, one thread at a time.
    func withWriter<Value: Sendable>(_ body: (any WriterConnection) throws -> Value) throws -> Value
    /// Whether other processes may write to it meanwhile.
    var isShared: Bool { get }
    /// Counts the writer's connections where it can have several: what was read or written by an earlier one may be of a host that is none any more. A
    /// read that begins after this was asked is of this one or a later one.
    var life: UInt64 { get }
    /// Whether a read waits for nobody else.
    var isAtHand: Bool { get }
    /// Runs `body` on a snapshot of the last commit, on this thread.
    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value
    /// What comes later fails as `closed`.
    func close()
}
