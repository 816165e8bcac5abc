// Where the elements are kept. Every function is atomic: it does all of what it says, with its events, or throws and does nothing.
//
// The rules that every store keeps are those of `SequenceOperations`; `SequenceStoreTests` holds each store to them.

package import Bus
package import Contracts
package import Storage

package protocol SequenceStore: Sendable {
    /// What the bus publishes: an event for each element changed.
    var events: any EventLog { get }

    /// - Throws: `Failure` with `conflict` where the element is there already.
    func create(_ request: CreateElement, once claim: IdempotencyClaim?) async throws -> SequenceNumberAssigned
    /// - Throws: `Failure` as `SequenceOperations.reorder` lists them.
    func reorder(_ request: ReorderElements, once claim: IdempotencyClaim?) async throws -> ElementsReordered
    /// - Throws: `Failure` with `not_found`.
    func addVersion(_ request: NewVersion, once claim: IdempotencyClaim?) async throws -> VersionAssigned
    /// - Throws: `Failure` with `not_found`.
    func delete(_ element: ElementReference, once claim: IdempotencyClaim?) async throws

    /// - Throws: `Failure` with `not_found`.
    func read(_ element: ElementReference) async throws -> SequenceElement
    func list(_ request: ListElements) async throws -> ElementPage
    /// - Throws: `Failure` with `not_found`.
    func history(_ request: ListVersions) async throws -> VersionPage
}
