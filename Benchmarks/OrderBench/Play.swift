// A sequence of elements in a database of its own, and the changes that are made to it.

import Bus
import Contracts
import Foundation
import ServiceA
import Storage

struct Play {
    static let comment = "There is rosemary, that is for remembrance"

    let store: DatabaseSequenceStore
    private let comment: Comment

    init(_ path: String) throws {
        var location = DatabaseLocation.file(path)
        // Filling is one large write after another, on machines of any speed.
        location.limits.maximumWriteTime = .seconds(600)
        store = try DatabaseSequenceStore(location)
        guard let comment = Comment(Self.comment) else { throw OrderBench.Problem(description: "no comment") }
        self.comment = comment
    }

    /// Ten thousand at a time, each of them one transaction.
    func fill(_ elements: Int) async throws {
        var next = try await total() + 1
        while next <= elements {
            let last = min(elements, next + ChangeSequence.maximumChanges - 1)
            try await change(try (next...last).map { .create(try creation($0)) })
            next = last + 1
        }
    }

    func total() async throws -> Int { try await page(from: 1, limit: 1).total }

    /// A number that no element has had yet.
    func nextID() async throws -> Int {
        // Elements are made in the order of their ids, and every event makes one at most.
        Int(try await events()) + 1
    }

    func events() async throws -> UInt64 { try await store.events.heads().first?.head ?? 0 }

    func page(from number: Int, limit: Int) async throws -> ElementPage {
        try await store.list(ListElements(elementType: .spokenWord, limit: PageLimit(limit), from: number))
    }

    /// All of them, in one transaction.
    func change(_ edits: [SequenceEdit]) async throws {
        let answer = try await store.change(ChangeSequence(changes: edits, atomic: true), once: nil)
        guard answer.refused == 0 else { throw OrderBench.Problem(description: "a change was refused") }
    }

    func creation(_ id: Int, at number: Int? = nil) throws -> CreateElement {
        CreateElement(elementType: .spokenWord, elementId: try element(id), comment: comment, at: number)
    }

    func element(_ id: Int) throws -> ElementID {
        guard let id = ElementID(id) else { throw OrderBench.Problem(description: "\(id) is no id") }
        return id
    }
}
