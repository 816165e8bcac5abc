// Mistakes that a test plants in the stores that are opened while it is set, and the full disk on which they show. It is compiled into debug
// builds only: what users run has none of it.
//
//     try await StorePlant.$current.withValue(plant) { … open a service … }
//
// A mistake is one of the engine's wrapper (`PlantedWriter`): no rule of a service knows of it.

#if DEBUG
package import Bus

package struct StorePlant: Sendable {
    package enum Mistake: Sendable {
        /// Whoever waits is answered, whatever becomes of the commit.
        case answersBeforeTheCommit
        /// A change whose event this picks is committed without it.
        case skipsEvents(@Sendable (Event) -> Bool)
        /// Rows of this table are written in a transaction of their own, behind the one that they belong to.
        case writesApart(table: String)
    }

    /// What stores are opened with from here on; nil for what they are.
    @TaskLocal package static var current: StorePlant?

    let mistake: Mistake?
    /// Whether the disk is full at this commit, whose events are given.
    let isFull: @Sendable ([Event]) -> Bool

    package init(_ mistake: Mistake?, isFull: @escaping @Sendable ([Event]) -> Bool = { _ in false }) {
        (self.mistake, self.isFull) = (mistake, isFull)
    }
}

/// An engine whose writer makes the mistake.
struct PlantedEngine: StoreEngine {
    let engine: any StoreEngine
    let plant: StorePlant

    var isShared: Bool { engine.isShared }
    var life: UInt64 { engine.life }
    var isAtHand: Bool { engine.isAtHand }

    func withWriter<Value: Sendable>(_ body: (any WriterConnection) throws -> Value) throws -> Value {
        try engine.withWriter { try body(PlantedWriter($0, plant)) }
    }

    func read<Value: Sendable>(_ body: (any Transaction) throws -> Value) throws -> Value { try engine.read(body) }

    func close() { engine.close() }
}
#endif
