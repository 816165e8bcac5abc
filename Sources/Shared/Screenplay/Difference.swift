// What makes a sequence of Service A the screenplay that a file is now, with as little as possible: what stays keeps its id and its history.
//
//   versions ──> deletions ──> moves of runs ──> creations
//
// In this order each finds what it names. What was read before stands as a condition in each first change of an element, so that an
// import never undoes unseen what somebody else has done meanwhile. Pure: lists in, changes out.

import Bus
package import Contracts

package struct Difference: Sendable {
    /// Changes that belong together: they have to happen in one transaction.
    package struct Step: Sendable {
        package let edits: [SequenceEdit]
        /// About what they take in a message.
        package let bytes: Int
    }

    package private(set) var steps: [Step] = []
    package private(set) var created = 0
    package private(set) var changed = 0
    package private(set) var moved = 0
    package private(set) var deleted = 0
    package private(set) var unchanged = 0
    /// What it would change or delete although no import left it as it is.
    package private(set) var foreign: [StoredElement] = []

    /// Whether there is nothing to do.
    package var isEmpty: Bool { steps.isEmpty }

    private let old: [StoredElement]
    private let new: [Element]
    private let sequence: SequenceName
    private let partners: [Int?]

    /// - Throws: Where an element cannot be written as JSON, which is never.
    package init(from old: [StoredElement], to new: [Element], in sequence: SequenceName) throws {
        (self.old, self.new, self.sequence) = (old, new, sequence)
        partners = Matching(old.map(\.element), new).partners
        try addVersions()
        addDeletions()
        addMoves()
        try addCreations()
    }

    private mutating func add(_ edits: [SequenceEdit], bytes: Int = 200) {
        steps.append(Step(edits: edits, bytes: bytes))
    }
}

// MARK: - What is there already

extension Difference {
    private func isChanged(_ one: Int, _ other: Int) -> Bool { old[one].element != new[other] }

    private mutating func addVersions() throws {
        for (other, partner) in partners.enumerated() {
            guard let one = partner, isChanged(one, other) else { continue }
            changed += 1
            if !old[one].isImported { foreign.append(old[one]) }
            try add(version(new[other], of: old[one].neighbour, ifRevision: old[one].revision))
        }
    }

    private mutating func addDeletions() {
        let kept = Set(partners.compactMap { $0 })
        for (one, stored) in old.enumerated() where !kept.contains(one) {
            deleted += 1
            if !stored.isImported { foreign.append(stored) }
            add([
                .delete(
                    DeleteElement(
                        elementType: stored.type,
                        elementId: stored.id,
                        sequenceName: sequence,
                        ifRevision: RevisionCondition(stored.revision)
                    )
                )
            ])
        }
    }

    private mutating func addMoves() {
        let kept = partners.enumerated().compactMap { other, partner in partner.map { (old: $0, new: other) } }
        let runs = MovingRuns(kept.map(\.old))
        moved = runs.count
        let changedOnes = Set(kept.filter { isChanged($0.old, $0.new) }.map(\.old))
        unchanged = kept.count - changedOnes.union(runs.moved).count
        for run in runs.runs {
            let first = old[run.first]
            add([
                .move(
                    MoveElement(
                        elementType: first.type,
                        elementId: first.id,
                        sequenceName: sequence,
                        count: run.count,
                        to: run.after == nil ? 1 : nil,
                        after: run.after.map { old[$0].neighbour },
                        ifRevision: changedOnes.contains(run.first) ? nil : RevisionCondition(first.revision)
                    )
                )
            ])
        }
    }

    private func version(_ element: Element, of name: Neighbour, ifRevision revision: UInt64) throws -> (
        [SequenceEdit], bytes: Int
    ) {
        let data = try element.data()
        let version = NewVersion(
            elementType: name.elementType,
            elementId: name.elementId,
            newVersionData: data,
            comment: Comment(element.comment),
            sequenceName: sequence,
            ifRevision: RevisionCondition(revision)
        )
        return ([.version(version)], 300 + element.comment.utf8.count + (data?.bytes.count ?? 0))
    }

    private mutating func add(_ edits: ([SequenceEdit], bytes: Int)) { add(edits.0, bytes: edits.bytes) }
}

// MARK: - What is new

extension Difference {
    private mutating func addCreations() throws {
        var ids = FreshIDs(old)
        let lastKept = partners.lastIndex { $0 != nil } ?? -1
        var previous: Neighbour?
        for (other, element) in new.enumerated() {
            if let partner = partners[other] {
                previous = old[partner].neighbour
                continue
            }
            let name = Neighbour(elementType: element.type, elementId: ids.next(element.type))
            // Behind all that stays is the end, which needs no neighbour.
            let isInside = other < lastKept
            try addCreation(element, name, at: isInside && previous == nil ? 1 : nil, after: isInside ? previous : nil)
            previous = name
        }
    }

    private mutating func addCreation(_ element: Element, _ name: Neighbour, at number: Int?, after: Neighbour?) throws
    {
        guard let comment = Comment(element.comment) else { return }
        let creation = CreateElement(
            elementType: name.elementType,
            elementId: name.elementId,
            comment: comment,
            newVersionData: try element.data(),
            sequenceName: sequence,
            at: number,
            after: after
        )
        created += 1
        add([.create(creation)], bytes: 300 + comment.text.utf8.count + (creation.newVersionData?.bytes.count ?? 0))
    }
}

/// Ids that no element of a sequence has: behind the highest in use, or, where there is nothing behind it, in the holes.
struct FreshIDs {
    private var used: [ElementType: Set<Int>] = [:]
    private var candidates: [ElementType: Int] = [:]

    init(_ elements: [StoredElement]) {
        for element in elements { used[element.type, default: []].insert(element.id.value) }
        for (type, ids) in used {
            let highest = ids.max() ?? 0
            // A hole has to be looked for only beside an id of sixteen digits.
            candidates[type] = highest > ElementID.range.upperBound - (1 << 32) ? 1 : highest + 1
        }
    }

    mutating func next(_ type: ElementType) -> ElementID {
        var candidate = candidates[type] ?? 1
        while used[type]?.contains(candidate) == true { candidate += 1 }
        candidates[type] = candidate + 1
        // There are more ids than elements.
        return ElementID(candidate) ?? .sample
    }
}
