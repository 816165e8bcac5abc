// A sequence as Service A keeps one, in an array: it takes the same changes, and refuses the same.

import Bus
import Contracts
import Screenplay

struct SequenceModel {
    enum Refused: Error, Equatable {
        case exists, missing, revision, number, run
    }

    static let name = SequenceName("play") ?? .sample

    private(set) var elements: [SequenceElement] = []
    private(set) var revision: UInt64 = 0
    /// How many changes it has taken.
    private(set) var writes = 0

    var stored: [StoredElement] { StoredElement.all(elements) }
    /// What an export of it writes.
    var file: [UInt8] { Writer.bytes(of: stored.map(\.element)) }

    mutating func apply(_ difference: Difference) throws {
        for edit in difference.steps.flatMap(\.edits) { try apply(edit) }
    }

    mutating func importing(_ file: [UInt8]) throws -> Difference {
        let difference = try Difference(from: stored, to: try Screenplay(file).elements, in: Self.name)
        try apply(difference)
        return difference
    }

    mutating func apply(_ edit: SequenceEdit) throws {
        writes += 1
        revision += 1
        switch edit {
        case .create(let request): try create(request)
        case .version(let request): try version(request)
        case .move(let request): try move(request)
        case .delete(let request):
            elements.remove(at: try index(request.elementType, request.elementId, request.ifRevision))
        case .unreadable(let failure): throw failure
        }
    }

    private func place(_ number: Int?, _ after: Neighbour?) throws -> Int {
        if let number {
            guard (1...elements.count + 1).contains(number) else { throw Refused.number }
            return number - 1
        }
        return try after.map { try index($0.elementType, $0.elementId, nil) + 1 } ?? elements.count
    }

    private func index(_ type: ElementType, _ id: ElementID, _ condition: RevisionCondition?) throws -> Int {
        guard let index = elements.firstIndex(where: { $0.elementType == type && $0.elementId == id }) else {
            throw Refused.missing
        }
        guard condition?.isMet(by: elements[index].revision) != false else { throw Refused.revision }
        return index
    }

    private mutating func create(_ request: CreateElement) throws {
        guard (try? index(request.elementType, request.elementId, nil)) == nil else { throw Refused.exists }
        let created = element(request.reference, 1, request.comment, request.newVersionData)
        elements.insert(created, at: try place(request.at, request.after))
    }

    private mutating func version(_ request: NewVersion) throws {
        let index = try index(request.elementType, request.elementId, request.ifRevision)
        let old = elements[index]
        elements[index] = element(
            request.reference,
            old.versionNumber + 1,
            request.comment ?? old.comment,
            request.newVersionData ?? old.data
        )
    }

    private mutating func move(_ request: MoveElement) throws {
        let first = try index(request.elementType, request.elementId, request.ifRevision)
        let count = request.count ?? 1
        guard first + count <= elements.count else { throw Refused.run }
        let run = elements[first..<first + count].map { element($0.reference, $0.versionNumber, $0.comment, $0.data) }
        elements.removeSubrange(first..<first + count)
        elements.insert(contentsOf: run, at: try place(request.to, request.after))
    }

    private func element(_ name: ElementReference, _ version: Int, _ comment: Comment, _ data: JSONText?)
        -> SequenceElement
    {
        SequenceElement(
            element: name,
            sequenceNumber: 0,
            versionNumber: version,
            comment: comment,
            data: data,
            place: 0,
            revision: revision
        )
    }
}
