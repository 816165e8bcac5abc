// The tables in memory: dictionaries by sequence. Not Sendable: it lives in the store's actor.

package import Bus
package import Contracts
package import Ordering
import Storage

package final class MemoryTables: SequenceTables {
    private struct Trace: Hashable {
        let sequence: Int64
        let name: Neighbour
        let placed: UInt64
    }

    /// One sequence's elements, by name and by place.
    private struct Elements {
        var rows: [Neighbour: ElementRow] = [:]
        var versions: [Neighbour: [VersionPage.Version]] = [:]
        var names: [Int64: Neighbour] = [:]
        var places = MemoryPlaces()
    }

    private var sequences: [SequenceName: SequenceRow] = [:]
    private var elements: [Int64: Elements] = [:]
    private var traces: [Trace: Int64] = [:]
    private var next: Int64 = 1
    private var revision: UInt64 = 0
    private var unpublished: [(key: String, change: SequenceChange)] = []
    private let log: MemoryEventLog

    init(log: MemoryEventLog) { self.log = log }

    /// One that can be thrown away.
    func copy() -> MemoryTables {
        let copy = MemoryTables(log: log)
        (copy.sequences, copy.traces, copy.next, copy.revision) = (sequences, traces, next, revision)
        copy.elements = elements.mapValues { elements in
            var elements = elements
            elements.places = elements.places.copy()
            return elements
        }
        return copy
    }

    func publish() {
        let trace = CallContext.current?.trace
        for (key, change) in unpublished {
            guard let payload = try? PayloadCoding.encode(change) else { continue }
            log.append(SequenceOperations.changed.name, key: key, payload: payload, trace: trace)
        }
        unpublished = []
    }

    // MARK: Sequences

    package func sequence(_ name: SequenceName) -> SequenceRow? { sequences[name] }

    package func addSequence(_ name: SequenceName) -> SequenceRow {
        let row = SequenceRow(id: next, name: name, revision: 0)
        next += 1
        sequences[name] = row
        elements[row.id] = Elements()
        return row
    }

    package func dropSequence(_ sequence: SequenceRow) {
        sequences[sequence.name] = nil
        elements[sequence.id] = nil
    }

    package func sequences(after name: SequenceName?, limit: Int) -> [SequenceRow] {
        let first = name.map { Array($0.text.utf8) } ?? []
        return sequences.values.filter { first.lexicographicallyPrecedes(Array($0.name.text.utf8)) }
            .sorted { $0.name.text.utf8.lexicographicallyPrecedes($1.name.text.utf8) }
            .prefix(limit).map { $0 }
    }

    package func touch(_ sequence: Int64, _ revision: UInt64) {
        guard let name = sequences.first(where: { $0.value.id == sequence })?.key else { return }
        sequences[name]?.revision = revision
    }

    package func places(of sequence: Int64) -> MemoryPlaces { elements[sequence]?.places ?? MemoryPlaces() }

    // MARK: Elements

    package func element(_ name: Neighbour, in sequence: SequenceRow) -> ElementRow? {
        follow(sequence.id)
        return elements[sequence.id]?.rows[name]
    }

    package func standing(_ name: Neighbour, in sequence: SequenceRow) -> StandingRow? {
        element(name, in: sequence)?.standing
    }

    package func element(at place: Int64, in sequence: SequenceRow) -> Neighbour? {
        follow(sequence.id)
        return elements[sequence.id]?.names[place]
    }

    package func elements(from place: Int64, limit: Int, in sequence: SequenceRow) -> [ElementRow] {
        follow(sequence.id)
        guard let kept = elements[sequence.id], place < PlaceSpace.end else { return [] }
        return kept.places.places(in: max(0, place)..<PlaceSpace.end).prefix(limit)
            .compactMap { kept.names[$0].flatMap { kept.rows[$0] } }
    }

    package func standing(from place: Int64, limit: Int, in sequence: SequenceRow) -> [StandingRow] {
        elements(from: place, limit: limit, in: sequence).map(\.standing)
    }

    package func versions(of row: StandingRow, after version: Int, limit: Int) -> [VersionPage.Version] {
        (elements[row.sequence]?.versions[row.neighbour] ?? []).filter { $0.versionNumber > version }
            .prefix(limit).map { $0 }
    }

    package func insert(_ row: ElementRow, _ now: Deadline) {
        follow(row.sequence)
        elements[row.sequence]?.rows[row.neighbour] = row
        elements[row.sequence]?.names[row.place] = row.neighbour
        elements[row.sequence]?.places.insert(row.place)
        elements[row.sequence]?.versions[row.neighbour] = [row.entry(at: now)]
    }

    package func addVersion(_ row: ElementRow, _ now: Deadline) {
        elements[row.sequence]?.rows[row.neighbour] = row
        elements[row.sequence]?.versions[row.neighbour]?.append(row.entry(at: now))
    }

    package func put(_ row: StandingRow) {
        follow(row.sequence)
        if let old = elements[row.sequence]?.rows[row.neighbour] { forget(old.standing) }
        elements[row.sequence]?.rows[row.neighbour]?.standing = row
        elements[row.sequence]?.names[row.place] = row.neighbour
        if row.place >= 0 { elements[row.sequence]?.places.insert(row.place) }
    }

    package func delete(_ row: StandingRow) {
        follow(row.sequence)
        forget(row)
        elements[row.sequence]?.rows[row.neighbour] = nil
        elements[row.sequence]?.versions[row.neighbour] = nil
    }

    private func forget(_ row: StandingRow) {
        if elements[row.sequence]?.names[row.place] == row.neighbour { elements[row.sequence]?.names[row.place] = nil }
        if row.place >= 0 { elements[row.sequence]?.places.remove(row.place) }
    }

    /// Catches up with places that the list has moved.
    private func follow(_ sequence: Int64) {
        guard let moves = elements[sequence]?.places.takeMoves(), !moves.isEmpty else { return }
        let names = moves.map { elements[sequence]?.names.removeValue(forKey: $0.from) }
        for (move, name) in zip(moves, names) {
            guard let name else { continue }
            elements[sequence]?.names[move.to] = name
            elements[sequence]?.rows[name]?.standing.place = move.to
        }
    }

    // MARK: Traces and events

    package func leaveTrace(of row: StandingRow, _ now: Deadline) {
        traces[Trace(sequence: row.sequence, name: row.neighbour, placed: row.placed)] = row.place
    }

    package func trace(of name: Neighbour, placed: UInt64, in sequence: Int64) -> Int64? {
        traces[Trace(sequence: sequence, name: name, placed: placed)]
    }

    package func moveTraces(in sequence: Int64, with respacing: Respacing) {
        for (trace, place) in traces where trace.sequence == sequence { traces[trace] = respacing.image(of: place) }
    }

    /// The log is this store's alone, so counting changes gives the offset that each will have.
    package func record(key: String, _ change: (UInt64) -> SequenceChange) -> UInt64 {
        revision += 1
        unpublished.append((key, change(revision)))
        return revision
    }

    package func head() -> UInt64 { revision }

    package func epoch() -> UInt64 { log.epoch }
}

extension ElementRow {
    func entry(at now: Deadline) -> VersionPage.Version {
        VersionPage.Version(
            versionNumber: standing.version,
            comment: standing.comment,
            data: data.map { JSONText(trusted: $0) },
            createdAt: Timestamp.text(now)
        )
    }
}
