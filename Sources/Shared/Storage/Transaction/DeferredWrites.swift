// What the closures of a batch have changed and left to be written once, at its end: a row that a hundred of them change is read once and
// written once.
//
//     begin ── changes ──┬── end(keeps: true)      they wait for `settle`
//                        └── end(keeps: false)     as if this closure had not been
//     settle ──> rows, before the COMMIT
//
// `EventDraft.deferred` gives all closures of a batch the same one, and throws it away with the batch. Whoever reads such rows by SQL in the same
// batch settles first.

package protocol DeferredWrites: AnyObject {
    init()

    /// A closure begins, perhaps inside of another one: what it changes may have to be taken back.
    func begin()

    /// It is over. `keeps`: what it has changed stands.
    func end(keeps: Bool)

    /// Writes what waits.
    func settle(in transaction: any Transaction) throws
}
