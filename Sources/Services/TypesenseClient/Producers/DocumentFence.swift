// What becomes of a document's write, by what is known of it. Pure; the store carries it out.
//
//     known \ brought      none           older          the same       newer
//     nothing              written        ─              ─              written
//     without revision     written        ─              ─              written
//     with revision        refused        refused        nothing        written
//
// One that was removed is known with the revision as of which it is gone: an older write does not bring it back. What is done again changes
// nothing, so a call whose answer was lost may be repeated.

import Bus
import Contracts

struct DocumentFence {
    /// What the store has of an id.
    struct Known: Sendable, Equatable {
        let revision: Int?
        /// None of one that is gone.
        let body: [UInt8]?
    }

    enum Write {
        /// Whatever is there.
        case put
        case create
        case update
    }

    enum Verdict: Equatable {
        case write
        /// It is so already.
        case nothing
    }

    private let id: String
    private let known: Known?

    init(_ id: String, _ known: Known?) { (self.id, self.known) = (id, known) }

    /// - Throws: `Failure` with `conflict` or `not_found`.
    func write(_ write: Write, revision: Int?, body: [UInt8]) throws(Failure) -> Verdict {
        switch write {
        case .put: return try fenced(revision)
        case .update:
            guard known?.body != nil else { throw Failure(.notFound, "There is no document \"\(id)\".") }
            return try fenced(revision)
        case .create:
            if let there = known?.body {
                guard there == body else { throw Failure(.conflict, "There is a document \"\(id)\" already.") }
                return .nothing
            }
            guard try fenced(revision) == .write else { throw gone() }
            return .write
        }
    }

    /// Whether something is there to be removed; the revision as of which it is gone.
    func remove(revision: Int?) throws(Failure) -> (isThere: Bool, revision: Int?) {
        let isThere = known?.body != nil
        if let revision, let last = known?.revision, revision < last {
            guard isThere else { return (false, last) }
            throw older(revision, than: last)
        }
        return (isThere, revision ?? known?.revision)
    }

    private func fenced(_ revision: Int?) throws(Failure) -> Verdict {
        guard let last = known?.revision else { return .write }
        guard let revision else {
            throw Failure(
                .conflict,
                "\"\(id)\" has the revision \(last): what comes without one may be older.",
                fields: [Failure.Field("revision", "is required, since the document has one")]
            )
        }
        if revision < last { throw older(revision, than: last) }
        return revision == last ? .nothing : .write
    }

    private func older(_ revision: Int, than last: Int) -> Failure {
        Failure(
            .conflict,
            "\"\(id)\" has the revision \(last), which is newer than \(revision).",
            fields: [Failure.Field("revision", "must be above \(last)")]
        )
    }

    private func gone() -> Failure {
        Failure(.conflict, "\"\(id)\" was removed as of its revision \(known?.revision ?? 0).")
    }
}
