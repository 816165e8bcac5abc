// Which of a writer's connections is the present one. What was learned by an earlier one may be of a host that has been replaced since: so readers connect
// anew, to a host that is no older than the writer's, and whoever vouches for something by a commit looks whether it was on this connection.

import Synchronization

final class WriterLife: Sendable {
    struct Present: Sendable {
        /// Counts connections, from 1.
        var number: UInt64 = 0
        /// Of the host that it is connected to: another primary has a higher one.
        var timeline: Int64 = 0
    }

    private let state = Mutex(Present())

    var present: Present { state.withLock { $0 } }

    /// The writer has a connection, and has not used it yet.
    func begin(timeline: Int64) {
        state.withLock { $0 = Present(number: $0.number + 1, timeline: timeline) }
    }
}
