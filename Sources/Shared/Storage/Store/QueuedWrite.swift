/// A write without the type of its value.
protocol QueuedWrite: AnyObject, Sendable {
    /// It does many things: it has a transaction of its own, and others come first after it.
    var isLong: Bool { get }
    /// What its caller may rely on once it is answered.
    var durability: Durability { get }
    /// Marks it as running; false where nobody waits for it any more.
    func begin() -> Bool
    /// Runs the closure so that its failure is its own, and keeps the outcome instead of one of before. True where its changes stand.
    func run(in writer: any WriterConnection) -> Bool
    /// Answers one that has not begun.
    func refuse(_ failure: any Error)
    /// Answers: with the outcome, or with `failure` where the transaction was lost after the closure succeeded.
    /// `disk` is how long its commit took.
    func settle(_ failure: (any Error)?, disk: Duration)
}
