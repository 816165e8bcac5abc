// What one change or read takes, with so many elements there: rounds of changes that share a transaction, as those of sixteen clients do. Many
// more would gather on the same pages of a small file, and on as many others of a large one.

import Bus
import Contracts
import Glibc

struct Timing {
    enum Kind: String {
        case create, insert, move, number, page
        case deleteFirst = "delete-first"

        /// How many share a transaction, or follow each other.
        var portion: Int { 16 }
    }

    private let play: Play

    init(_ play: Play) { self.play = play }

    /// The median of the rounds, the first of which does not count.
    func measure(_ kind: Kind, rounds: Int) async throws -> [String: Double] {
        var (times, processor): ([Double], [Double]) = ([], [])
        var events = 0.0
        for round in 0...rounds {
            let total = try await play.total()
            let edits = try await edits(kind, total)
            let (before, clock) = (try await play.events(), ContinuousClock())
            let (began, used) = (clock.now, Glibc.clock())
            if edits.isEmpty { try await read(kind, total) } else { try await play.change(edits) }
            let time = began.duration(to: clock.now) / .microseconds(1)
            // Microseconds, as POSIX has it.
            let busy = Double(Glibc.clock() - used)
            let recorded = try await play.events() - before
            try await restore(kind)
            guard round > 0 else { continue }
            times.append(time / Double(kind.portion))
            processor.append(busy / Double(kind.portion))
            events = max(events, Double(recorded) / Double(kind.portion))
        }
        return [
            "microseconds": times.sorted()[times.count / 2], "processor": processor.sorted()[processor.count / 2],
            "events": events,
        ]
    }

    private func edits(_ kind: Kind, _ total: Int) async throws -> [SequenceEdit] {
        switch kind {
        case .create, .insert:
            let first = try await play.nextID()
            return try (0..<kind.portion).map { index in
                let number = kind == .insert ? Int.random(in: 1...total) : nil
                return .create(try play.creation(first + index, at: number))
            }
        case .move:
            var ids: [Int] = []
            while ids.count < kind.portion {
                ids += try await play.page(from: .random(in: 1...total), limit: 1).elements.map(\.elementId.value)
            }
            return try ids.map { id in
                .move(MoveElement(elementType: .spokenWord, elementId: try play.element(id), to: .random(in: 1...total)))
            }
        case .deleteFirst:
            return try await play.page(from: 1, limit: kind.portion).elements.map {
                .delete(DeleteElement(elementType: .spokenWord, elementId: $0.elementId))
            }
        case .number, .page: return []
        }
    }

    private func read(_ kind: Kind, _ total: Int) async throws {
        for _ in 0..<kind.portion {
            _ = try await play.page(from: .random(in: 1...total), limit: kind == .page ? 100 : 1)
        }
    }

    /// As many elements as before.
    private func restore(_ kind: Kind) async throws {
        switch kind {
        case .create, .insert: try await play.change(try await edits(.deleteFirst, 0))
        case .deleteFirst: try await play.change(try await edits(.create, 0))
        case .move, .number, .page: break
        }
    }
}
