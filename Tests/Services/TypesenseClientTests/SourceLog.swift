// Service A's log and state in memory: grows while it is read, may be pruned, and may begin anew.

import Bus
import Contracts
import Synchronization
import TypesenseClient

final class SourceLog: PresentState, SourceHead {
    private struct State {
        var epoch: UInt64 = 1
        var tail: UInt64 = 1
        var changes: [SequenceChange] = []
    }

    private let state = Mutex(State())

    /// Creates so many scripts more, all with the word `line`.
    func create(_ count: Int) throws {
        for _ in 1...count {
            try state.withLock { state in
                let id = state.changes.count + 1
                state.changes.append(try change(.created, id, number: id, "line \(id)", revision: UInt64(id)))
            }
        }
    }

    var count: Int { state.withLock { $0.changes.count } }

    /// What is there stays, and is told no more.
    func prune() { state.withLock { $0.tail = UInt64($0.changes.count) + 1 } }

    /// As after a restore: another life, in which the same was created.
    func beginAnew() { state.withLock { $0.epoch += 1 } }

    func head() async throws -> Checkpoint {
        state.withLock { Checkpoint(epoch: $0.epoch, offset: UInt64($0.changes.count)) }
    }

    func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint {
        let state = state.withLock { $0 }
        let offset = UInt64(state.changes.count)
        for start in stride(from: 0, to: state.changes.count, by: 100) {
            let part = state.changes[start..<min(start + 100, state.changes.count)]
            try await page(try part.map { try indexChange($0, offset) })
        }
        return Checkpoint(epoch: state.epoch, offset: offset)
    }

    private func indexChange(_ change: SequenceChange, _ revision: UInt64) throws -> IndexChange {
        IndexChange(
            id: change.element?.key ?? "",
            revision: revision,
            sequence: change.sequenceName,
            document: SearchDocument(change),
            place: change.place,
            event: try event(change)
        )
    }

    /// A reader behind a checkpoint; waits for what is not there yet.
    func open(_ checkpoint: Checkpoint?) -> Indexer.Source {
        let place = Mutex((epoch: checkpoint?.epoch, next: (checkpoint?.offset ?? 0) + 1))
        return Indexer.Source {
            while true {
                try Task.checkCancellation()
                let due = try self.after(place.withLock { $0 })
                if let last = due.last {
                    place.withLock { $0 = (last.epoch, last.offset + 1) }
                    return due
                }
                await Task.yield()
            }
        } head: {
            try await self.head()
        }
    }

    private func after(_ place: (epoch: UInt64?, next: UInt64)) throws -> [Event] {
        let state = state.withLock { $0 }
        let next = place.epoch ?? state.epoch == state.epoch ? place.next : 1
        guard next >= state.tail else { throw Failure(.gone, "pruned") }
        return try state.changes.dropFirst(Int(next) - 1).prefix(50).map { try event($0, epoch: state.epoch) }
    }
}
