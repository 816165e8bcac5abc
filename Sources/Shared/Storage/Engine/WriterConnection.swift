// What the group commit needs of an engine's writing connection. Its thread is the only one that uses it.

import Bus

protocol WriterConnection: Transaction {
    var draft: EventDraft? { get }
    /// Begins; whatever others have changed meanwhile is seen from here on.
    func begin() throws
    /// Makes everything durable.
    ///
    /// - Returns: The events that are on disk now.
    func commit() throws -> [Event]
    func rollBack()
    /// False where the engine has ended the transaction by itself.
    var isInTransaction: Bool { get }
}
