// Many changes: all in one transaction, or portion by portion so that others get their turn in between. A portion ends with its share of time, an
// atomic batch is refused as a whole where it would go on for longer than a write may (ADR 0044).

import Bus
package import Contracts
package import Storage

extension SequenceStore {
    /// - Throws: `Failure` with `invalid_request` for a batch that is empty or too large; an atomic one, as the first change that is
    ///   refused, whose line its words name, or with `too_much_at_once`.
    package func change(_ request: ChangeSequence, once claim: IdempotencyClaim?) async throws -> SequenceChanged {
        guard (1...ChangeSequence.maximumChanges).contains(request.changes.count) else {
            throw Failure.invalid("changes", "must hold 1 to \(ChangeSequence.maximumChanges) changes")
        }
        let lines = Array(zip(1..., request.changes.map { $0.within(request.sequenceName) }))
        guard request.atomic != true else {
            let isLong = lines.count > WriteExtent.few || lines.contains { $0.1.isLong }
            return try await write(claim, isLong ? .many : .several) { editor in
                try editor.tables.placed(
                    SequenceChanged(results: try lines.map { try editor.perform($1, line: $0) })
                )
            }
        }
        let changed = SequenceChanged(results: try await perform(lines, once: claim))
        return try await view(rows: 1) { try $0.tables.placed(changed) }
    }

    private func perform(_ lines: [(Int, SequenceEdit)], once claim: IdempotencyClaim?) async throws
        -> [SequenceChanged.Result]
    {
        var results: [SequenceChanged.Result] = []
        while results.count < lines.count {
            let (next, extent) = Self.portion(of: lines[results.count...])
            do {
                results += try await write(claim?.part(results.count), extent) { try $0.attempt(next) }
            } catch let failure as Failure where failure.isTooMuch {
                results.append(.init(line: next[0].0, refused: .init(failure)))
            } catch let failure as Failure {
                // Nothing of all this was done: then the answer is the failure. Otherwise it says how far it came. What may have been done
                // is not refused: then nobody knows of the whole.
                guard !results.isEmpty, failure.code != .outcomeUnknown else { throw failure }
                results += lines[results.count...].map { .init(line: $0.0, refused: .init(failure)) }
            }
        }
        return results
    }

    /// The next lines that share a transaction. One that does much by itself has its own, which is taken back where that takes too long.
    private static func portion(of lines: ArraySlice<(Int, SequenceEdit)>) -> ([(Int, SequenceEdit)], WriteExtent) {
        if let first = lines.first, first.1.isLong { return ([first], .many) }
        return (Array(lines.prefix(WriteExtent.few).prefix { !$0.1.isLong }), .one)
    }
}

extension SequenceEdit {
    fileprivate var isLong: Bool {
        guard case .move(let request) = self else { return false }
        return WriteExtent.of(request.count ?? 1).isLong
    }
}

extension SequenceEditor {
    /// One line of an atomic batch.
    fileprivate func perform(_ edit: SequenceEdit, line: Int) throws -> SequenceChanged.Result {
        try goOn(.lines(done: line - 1))
        do { return try apply(edit, line: line) } catch let failure as Failure { throw failure.inLine(line) }
    }

    /// Lines that stand by themselves: as many as share a turn, one at least.
    fileprivate func attempt(_ lines: [(Int, SequenceEdit)]) throws -> [SequenceChanged.Result] {
        var results: [SequenceChanged.Result] = []
        for (line, edit) in lines where results.isEmpty || !turn.isShared {
            results.append(try attempt(edit, line: line))
        }
        return results
    }

    /// One line that stands by itself.
    private func attempt(_ edit: SequenceEdit, line: Int) throws -> SequenceChanged.Result {
        do {
            return try apply(edit, line: line)
        } catch let failure as Failure where !failure.isOfTheStore && !failure.isTooMuch {
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

    /// The line has changed something already, which only the end of its transaction takes back.
    fileprivate var isTooMuch: Bool { code == SequenceOperations.tooMuchAtOnce }

    /// Not about the line: the whole portion is lost.
    fileprivate var isOfTheStore: Bool { code.status >= 500 }
}
