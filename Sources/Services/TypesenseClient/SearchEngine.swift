// An index that can be searched: the built-in one on SQLite FTS5, or Typesense.
//
// Whatever the engine: applying the same batch again, or an older one after a newer, leaves the index as it is. A document's revision
// never goes down. The checkpoint moves only with the effect. `SearchEngineTests` holds each engine to it.

package import Bus
package import Contracts
package import Storage

package protocol SearchEngine: Sendable {
    /// The name of the collection that holds the documents.
    var collection: String { get }

    /// Where to go on; `nil` for an index that must be built from the first event. Makes what the index needs, and mends what was lost.
    func checkpoint() async throws -> Checkpoint?
    /// Looks whether the index is still as it was left; cheap enough to be done again and again while nobody writes.
    ///
    /// - Throws: `IndexLost` where it is not; `Failure` with `unavailable` where that cannot be told now.
    func look() async throws
    /// Applies the batch and moves the checkpoint. A document that the index refuses is parked, the others go on.
    ///
    /// - Throws: `Failure` with `unavailable` where it is worth trying again; `IndexLost` where the index must be built anew.
    func apply(_ batch: IndexBatch) async throws
    /// Forgets all documents: their log is gone, another begins.
    func reset() async throws

    /// - Throws: `Failure` with `unavailable`; `IndexLost` where there is nothing to search any more.
    func search(_ query: SearchQuery) async throws -> SearchAnswer
    /// Looks through the words of the index.
    func lexicon<Value: Sendable>(_ body: @escaping @Sendable (Lexicon) throws -> Value) async throws -> Value
    /// Writes documents by hand; the element's next change overwrites them.
    func write(_ documents: [SearchDocument]) async throws -> [ParkedDocument]
    /// Removes a document that was written by hand; false where there is none.
    ///
    /// - Throws: `Failure` with `conflict` where an element stands behind it.
    func remove(byHand id: String) async throws -> Bool
    /// Changes that could not be applied, oldest first. `apply` of `IndexBatch(again:)` tries one again.
    func parked() async throws -> [ParkedEvent]
    /// How many there are.
    func parkedCount() async throws -> Int
    /// Gives a parked change up.
    func discard(_ event: Event) async throws
    func collections() async throws -> [SearchCollection]
}

/// The index has vanished under the checkpoint; ask for `checkpoint()` again and begin there.
package struct IndexLost: Error, Equatable {
    package init() {}
}
