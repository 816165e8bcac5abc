// Many changes: all in one transaction, or portion by portion so that others get their turn in between.

import Bus
package import Contracts
package import Storage

extension SequenceStore {
    /// So many changes that stand by themselves share a transaction.
    private var portion: Int { 100 }

    /// - Throws: `Failure` with `invalid_request` for a batch that is empty or too large; an atomic one, as the first change that is
    ///   refused, whose line its words name.
    package func change(_ request: ChangeSequence, once claim: IdempotencyClaim?) async throws -> SequenceChanged {
        guard (1...ChangeSequence.maximumChanges).contains(request.changes.count) else {
            throw Failure.invalid("changes", "must hold 1 to \(ChangeSequence.maximumChanges) changes")
        }
        let lines = Array(zip(1..., request.changes.map { $0.within(request.sequenceName) }))
        guard request.atomic != true else {
            return try await write(claim, isWhole: true) { editor in
                SequenceChanged(results: try lines.map { try editor.perform($1, line: $0) })
            }
        }
        return SequenceChanged(results: try await perform(lines, once: claim))
    }

    private func perform(_ lines: [(Int, SequenceEdit)], once claim: IdempotencyClaim?) async throws
        -> [SequenceChanged.Result]
    {
        var results: [SequenceChanged.Result] = []
        while results.count < lines.count {
            let next = Array(lines[results.count..<min(results.count + portion, lines.count)])
            do {
                results += try await write(claim?.part(results.count), isWhole: false) { editor in
                    try next.map { try editor.attempt($1, line: $0) }
                }
            } catch let failure as Failure {
                // Nothing of all this was done: then the answer is the failure. Otherwise it says how far it came.
                guard !results.isEmpty else { throw failure }
                results += lines[results.count...].map { .init(line: $0.0, refused: .init(failure)) }
            }
        }
        return results
    }
}

extension SequenceEditor {
    /// One line of an atomic batch.
    fileprivate func perform(_ edit: SequenceEdit, line: Int) throws -> SequenceChanged.Result {
        do { return try apply(edit, line: line) } catch let failure as Failure { throw failure.inLine(line) }
    }

    /// One line that stands by itself.
    fileprivate func attempt(_ edit: SequenceEdit, line: Int) throws -> SequenceChanged.Result {
        do { return try apply(edit, line: line) } catch let failure as Failure where !failure.isOfTheStore {
            return SequenceChanged.Result(line: line, refused: .init(failure))
        }
    }

    private func apply(_ edit: SequenceEdit, line: Int) throws -> SequenceChanged.Result {
        switch edit {
        case .create(let request): .init(line: line, created: try create(request))
        case .version(let request): .init(line: line, versioned: try addVersion(request))
        case .move(let request): .init(line: line, moved: try move(request))
        case .delete(let request): .init(line: line, deleted: try delete(request))
        case .unreadable(let failure): throw failure
        }
    }
}

extension Failure {
    /// The same, with the fields below the line that they belong to.
    fileprivate func inLine(_ line: Int) -> Failure {
        let fields = fields?.map { Field("changes.\(line - 1).\($0.field)", $0.problem) }
        return Failure(
            code,
            "Change \(line): \(detail) Nothing of the batch was done.",
            fields: fields,
            retryAfter: retryAfter,
            revision: revision
        )
    }

    /// Not about the line: the whole portion is lost.
    fileprivate var isOfTheStore: Bool { code.status >= 500 }
}
