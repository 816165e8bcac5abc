// What other producers may bring, as the topology says.

package struct ProducerLimits: Sendable, Equatable {
    package var collections = 100
    /// Of a collection.
    package var fields = 100
    /// Of a collection; those that are gone and must not come back count.
    package var documents = 1_000_000
    /// Of a document, as its producer wrote it.
    package var documentBytes = 32 << 10
    /// Of one import.
    package var imported = 1000

    package init() {}
}
