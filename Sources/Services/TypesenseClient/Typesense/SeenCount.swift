// The number of documents that was seen last, in one generation of the index.

import Synchronization

final class SeenCount: Sendable {
    private let last = Mutex<(generation: String, count: Int)?>(nil)

    /// Whether the look before this one saw the same.
    func isSeenAgain(_ count: Int, of generation: String) -> Bool {
        last.withLock { last in
            defer { last = (generation, count) }
            return last.map { $0.generation == generation && $0.count == count } ?? false
        }
    }

    func forget() { last.withLock { $0 = nil } }
}
